"""A proxy using asyncio streams: `proxy_peer.py socks|http [user password]`.

Prints its port and connects to any requested target.
"""

import asyncio
import base64
import socket
import sys

HOST = "127.0.0.1"
CHUNK_BYTES = 64 * 1024
KIND, *CREDENTIALS = sys.argv[1:]


async def socks(reader, writer):
    version, count = await reader.readexactly(2)
    assert version == 5
    offered = await reader.readexactly(count)
    method = 2 if CREDENTIALS else 0
    writer.write(bytes([5, method if method in offered else 0xFF]))
    if method == 2:
        assert (await reader.readexactly(1))[0] == 1
        said = [(await reader.readexactly((await reader.readexactly(1))[0])).decode()
                for _ in CREDENTIALS]
        writer.write(bytes([1, said != CREDENTIALS]))
    version, command, _, kind = await reader.readexactly(4)
    assert (version, command) == (5, 1)
    if kind == 3:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    else:
        family, length = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
        host = socket.inet_ntop(family, await reader.readexactly(length))
    port = int.from_bytes(await reader.readexactly(2), "big")
    try:
        far = await asyncio.open_connection(host, port)
    except OSError:
        writer.write(bytes([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]))
        raise
    writer.write(bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
    return far


async def http(reader, writer):
    method, target, _ = (await reader.readline()).decode().split()
    assert method == "CONNECT"
    headers = {}
    while line := (await reader.readline()).decode().strip():
        name, value = line.split(":", 1)
        headers[name.lower()] = value.strip()
    known = "Basic " + base64.b64encode(":".join(CREDENTIALS).encode()).decode()
    if CREDENTIALS and headers.get("proxy-authorization") != known:
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        raise PermissionError(target)
    host, port = target.rsplit(":", 1)
    try:
        far = await asyncio.open_connection(host.strip("[]"), int(port))
    except OSError:
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        raise
    writer.write(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n")
    return far


async def pump(reader, writer):
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    writer.write_eof()


async def serve(reader, writer):
    try:
        far_reader, far_writer = await {"socks": socks, "http": http}[KIND](reader, writer)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        far_writer.close()
    except (OSError, asyncio.IncompleteReadError) as e:
        print(repr(e), file=sys.stderr)
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
