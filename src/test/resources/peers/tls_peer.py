"""One end of a connection with TLS, using asyncio streams.

    tls_peer.py listen CERTIFICATES KEY    prints its port and echoes the lines of one client
    tls_peer.py connect PORT CA ENDING     exchanges lines and a megabyte with a server that echoes

Both print the protocol that was negotiated. The line "cut" to the listener, or the ENDING "cut",
closes the connection without close_notify; "end" closes it with one.
"""

import asyncio
import os
import ssl
import sys

HOST = "127.0.0.1"
LINES = 1000
LARGE_BYTES = 1 << 20


async def close(writer, ending):
    if ending == "cut":
        writer.transport.abort()
    else:
        writer.close()
        await writer.wait_closed()


async def listen(certificates, key):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates, key)
    ended = asyncio.get_running_loop().create_future()

    async def echo(reader, writer):
        print(writer.get_extra_info("ssl_object").version(), flush=True)
        while (line := await reader.readline()) not in (b"cut\n", b"end\n", b""):
            writer.write(line)
            await writer.drain()
        await close(writer, line.decode().strip())
        ended.set_result(None)

    server = await asyncio.start_server(echo, HOST, 0, ssl=context, limit=2 * LARGE_BYTES)
    print(server.sockets[0].getsockname()[1], flush=True)
    await ended


async def connect(port, ca, ending):
    context = ssl.create_default_context(cafile=ca)
    reader, writer = await asyncio.open_connection(
        HOST, int(port), ssl=context, server_hostname="localhost", limit=2 * LARGE_BYTES
    )
    print(writer.get_extra_info("ssl_object").version(), flush=True)

    async def talk():
        for i in range(LINES):
            writer.write(b"line %d\n" % i)
            await writer.drain()

    async def hear():
        for i in range(LINES):
            line = await reader.readline()
            assert line == b"line %d\n" % i, f"line {i} came back as {line}"

    await asyncio.gather(talk(), hear())
    large = os.urandom(LARGE_BYTES // 2).hex().encode() + b"\n"
    writer.write(large)
    assert await reader.readline() == large, "the megabyte came back changed"
    await close(writer, ending)


asyncio.run({"listen": listen, "connect": connect}[sys.argv[1]](*sys.argv[2:]))
