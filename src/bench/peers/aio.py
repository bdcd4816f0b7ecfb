"""asyncio on its own loop or uvloop. Arguments: loop, style of lines (streams, text or callbacks), service.

Streams are its sequential style, with which Loomline's compares; text decodes and encodes each line of
them. Callbacks are its fast style.
"""

import asyncio
import os
import sys
import threading


async def lines(reader, writer):
    while line := await reader.readline():
        writer.write(line)
    writer.close()


async def text(reader, writer):
    while line := (await reader.readline()).decode():
        writer.write(line.encode())
    writer.close()


class LineProtocol(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.rest = b""

    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        if lines:
            self.transport.write(b"\n".join(lines) + b"\n")


class Sink(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.total = 0

    def data_received(self, data):
        self.total += len(data)

    def eof_received(self):
        self.transport.write(b"%d\n" % self.total)


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


def until_stdin_ends():
    sys.stdin.read()
    os._exit(0)


async def main(style, service):
    protocol = {"sink": Sink, "echo": Echo}.get(service, LineProtocol)
    sequential = {"streams": lines, "text": text}.get(style)
    if protocol is LineProtocol and sequential:
        server = await asyncio.start_server(sequential, "127.0.0.1", 0, backlog=4096)
    else:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(protocol, "127.0.0.1", 0, backlog=4096)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


threading.Thread(target=until_stdin_ends, daemon=True).start()
if sys.argv[1] == "uvloop":
    import uvloop

    uvloop.install()
asyncio.run(main(sys.argv[2], sys.argv[3]))
