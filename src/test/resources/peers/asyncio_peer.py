"""One end of a connection, using asyncio streams.

Reads one command per line from standard input, runs it and answers with one line on standard
output. An error is printed to standard error and ends the script.
"""

import asyncio
import random
import socket
import struct
import sys
import zlib

HOST = "127.0.0.1"
CHUNK_BYTES = 64 * 1024


class Peer:
    async def connect(self, port):
        self.reader, self.writer = await asyncio.open_connection(HOST, int(port))

    async def listen(self):
        self.accepted = asyncio.get_running_loop().create_future()

        async def on_connection(reader, writer):
            self.accepted.set_result((reader, writer))

        self.server = await asyncio.start_server(on_connection, HOST, 0)
        return self.server.sockets[0].getsockname()[1]

    async def accept(self):
        self.reader, self.writer = await self.accepted

    async def send(self, text):
        self.writer.write(text.replace("\\n", "\n").encode())
        await self.writer.drain()

    async def read_line(self):
        line = await self.reader.readline()
        return "line " + line.decode().rstrip("\n") if line else "end"

    async def exchange_lines(self, count):
        async def talk():
            for i in range(int(count)):
                self.writer.write(b"line %d\n" % i)
                await self.writer.drain()

        async def listen():
            for i in range(int(count)):
                line = await self.reader.readline()
                assert line == b"line %d\n" % i, f"line {i} came back as {line}"

        await asyncio.gather(talk(), listen())

    async def echo_lines(self, count):
        for _ in range(int(count)):
            self.writer.write(await self.reader.readline())
            await self.writer.drain()

    async def exchange_bytes(self, count):
        sent = 0

        async def talk():
            nonlocal sent
            left = int(count)
            while left:
                chunk = random.randbytes(min(left, CHUNK_BYTES))
                left -= len(chunk)
                sent = zlib.crc32(chunk, sent)
                self.writer.write(chunk)
                await self.writer.drain()

        _, received = await asyncio.gather(talk(), self.checksum(count))
        assert received == sent, f"sent {sent:08x}, received {received:08x}"

    async def checksum(self, count):
        crc, left = 0, int(count)
        while left:
            chunk = await self.reader.read(min(left, CHUNK_BYTES))
            assert chunk, f"{left} of {count} bytes are missing"
            left -= len(chunk)
            crc = zlib.crc32(chunk, crc)
        return crc

    async def sum_to_the_end(self):
        count, crc = 0, 0
        while chunk := await self.reader.read(CHUNK_BYTES):
            count += len(chunk)
            crc = zlib.crc32(chunk, crc)
        return f"{count} {crc}"

    async def end_output(self):
        self.writer.write_eof()

    async def reset(self):
        on_without_waiting = struct.pack("ii", 1, 0)
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_without_waiting)
        self.writer.transport.abort()
        await asyncio.sleep(0)  # the loop closes the socket in its next iteration


async def main():
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    peer = Peer()
    while command := await commands.readline():
        name, *argument = command.decode().rstrip("\n").split(" ", 1)
        answer = await getattr(peer, name)(*argument)
        print("done" if answer is None else answer, flush=True)


asyncio.run(main())
