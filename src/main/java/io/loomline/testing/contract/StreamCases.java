package io.loomline.testing.contract;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/** Bytes: their order, how many at a time, both directions at once. */
final class StreamCases {
    private static final int SOME_BYTES = 10_000;
    private static final int PING_PONGS = 2_000;

    /** Small ones are as frequent as large ones. */
    private static final int MAX_CHUNK_BITS = 16;

    private final int bulkBytes;

    private StreamCases(int bulkBytes) {
        this.bulkBytes = bulkBytes;
    }

    static List<ContractCase> of(ChannelPair.Source source, int bulkBytes) {
        var cases = new StreamCases(bulkBytes);
        return List.of(
                CaseThreads.over(source, "bytes arrive in order", StreamCases::order),
                CaseThreads.over(
                        source, "tryRead gives 0 when nothing is there", StreamCases::nothing),
                CaseThreads.over(
                        source, "tryRead fills only what the target has left", StreamCases::room),
                CaseThreads.over(
                        source, "tryWrite takes what it says, in order", StreamCases::taken),
                CaseThreads.over(source, "an empty write takes nothing", StreamCases::emptyWrite),
                CaseThreads.over(source, "buffers of every kind will do", StreamCases::buffers),
                CaseThreads.over(
                        source, "tryWrite gives 0 when full, and goes on", StreamCases::full),
                CaseThreads.over(
                        source, "a clogged direction leaves the other free", StreamCases::clogged),
                CaseThreads.over(source, "bulk moves both ways at once", cases::bulk),
                CaseThreads.over(source, "ping-pong loses no wake-up", StreamCases::pingPong),
                CaseThreads.over(
                        source, "the addresses mirror each other", StreamCases::addresses));
    }

    private static void order(ChannelPair pair, CaseThreads crew) throws Exception {
        byte[] sent = ChannelIo.pattern(0, SOME_BYTES);
        crew.start("writer", () -> ChannelIo.write(pair.first(), sent));
        Expect.bytes(sent, ChannelIo.read(pair.second(), SOME_BYTES), "what arrived");
    }

    private static void nothing(ChannelPair pair, CaseThreads crew) throws Exception {
        Expect.equal(-2, ChannelIo.tryReadByte(pair.second()), "tryRead at the start");
        crew.start("writer", () -> ChannelIo.write(pair.first(), (byte) 1));
        Expect.bytes(new byte[] {1}, ChannelIo.read(pair.second(), 1), "the only byte");
        Expect.equal(-2, ChannelIo.tryReadByte(pair.second()), "tryRead after the only byte");
    }

    private static void room(ChannelPair pair, CaseThreads crew) throws Exception {
        byte[] sent = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        crew.start("writer", () -> ChannelIo.write(pair.first(), sent));
        var target = ByteBuffer.allocate(8);
        ChannelIo.readInto(pair.second(), target.position(2).limit(5));
        Expect.bytes(new byte[] {0, 0, 1, 2, 3, 0, 0, 0}, target.array(), "the target");
        Expect.bytes(
                new byte[] {4, 5, 6, 7, 8, 9, 10},
                ChannelIo.read(pair.second(), 7),
                "what is left");
    }

    private static void taken(ChannelPair pair, CaseThreads crew) throws Exception {
        byte[] pattern = ChannelIo.pattern(0, SOME_BYTES);
        var source = ByteBuffer.wrap(pattern.clone(), 100, 5_000);
        crew.start(
                "writer",
                () -> {
                    while (source.hasRemaining()) {
                        int before = source.position();
                        int taken = pair.first().tryWrite(source);
                        Expect.equal(source.position() - before, taken, "bytes taken");
                        if (taken == 0) pair.first().awaitWritable();
                    }
                });
        Expect.bytes(
                ChannelIo.pattern(100, 5_000),
                ChannelIo.read(pair.second(), 5_000),
                "what arrived");
        crew.joinOthers();
        Expect.bytes(pattern, source.array(), "the source, afterwards");
        Expect.equal(5_100, source.limit(), "the source's limit");
    }

    private static void emptyWrite(ChannelPair pair, CaseThreads crew) throws Exception {
        Expect.equal(0, pair.first().tryWrite(ByteBuffer.allocate(0)), "bytes taken of none");
        Expect.equal(-2, ChannelIo.tryReadByte(pair.second()), "tryRead after it");
        order(pair, crew);
    }

    private static void buffers(ChannelPair pair, CaseThreads crew) throws Exception {
        byte[] sent = ChannelIo.pattern(0, 100);
        crew.start(
                "writer",
                () -> {
                    ChannelIo.write(pair.first(), ByteBuffer.allocateDirect(100).put(sent).flip());
                    ChannelIo.write(pair.first(), ByteBuffer.wrap(sent).asReadOnlyBuffer());
                });
        var direct = ByteBuffer.allocateDirect(100);
        ChannelIo.readInto(pair.second(), direct);
        byte[] received = new byte[100];
        direct.flip().get(received);
        Expect.bytes(sent, received, "from a direct buffer to a direct buffer");
        Expect.bytes(sent, ChannelIo.read(pair.second(), 100), "from a buffer that is read-only");
    }

    private static void full(ChannelPair pair, CaseThreads crew) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        byte[] more = ChannelIo.pattern(filled, SOME_BYTES);
        crew.start("writer", () -> ChannelIo.write(pair.first(), more)).awaitWaiting();
        byte[] received = ChannelIo.read(pair.second(), filled + SOME_BYTES);
        Expect.bytes(ChannelIo.pattern(0, filled + SOME_BYTES), received, "what arrived");
    }

    private static void clogged(ChannelPair pair, CaseThreads crew) throws Exception {
        ChannelIo.fill(pair.first());
        byte[] back = ChannelIo.pattern(0, SOME_BYTES);
        crew.start("writer", () -> ChannelIo.write(pair.second(), back));
        Expect.bytes(back, ChannelIo.read(pair.first(), SOME_BYTES), "what came back");
    }

    private void bulk(ChannelPair pair, CaseThreads crew) throws Exception {
        crew.start("first writes", () -> writeChunks(pair.first(), 1));
        crew.start("second writes", () -> writeChunks(pair.second(), 2));
        crew.start("first reads", () -> readChunks(pair.first(), 3));
        crew.start("second reads", () -> readChunks(pair.second(), 4));
    }

    private void writeChunks(Channel to, long seed) throws IOException, InterruptedException {
        var random = new Random(seed);
        for (int offset = 0; offset < bulkBytes; ) {
            int length = Math.min(chunkLength(random), bulkBytes - offset);
            ChannelIo.write(to, ChannelIo.pattern(offset, length));
            offset += length;
        }
        to.shutdownOutput();
    }

    private void readChunks(Channel from, long seed) throws IOException, InterruptedException {
        var random = new Random(seed);
        var received = ByteBuffer.allocate(bulkBytes);
        while (received.hasRemaining()) {
            int length = Math.min(chunkLength(random), received.remaining());
            received.put(ChannelIo.read(from, length));
        }
        Expect.bytes(ChannelIo.pattern(0, bulkBytes), received.array(), "bulk");
        Expect.equal(0, ChannelIo.readToEnd(from).length, "bytes after the last");
    }

    private static int chunkLength(Random random) {
        return 1 + random.nextInt(1 << random.nextInt(MAX_CHUNK_BITS + 1));
    }

    private static void pingPong(ChannelPair pair, CaseThreads crew) throws Exception {
        crew.start(
                "second",
                () -> {
                    for (int i = 0; i < PING_PONGS; i++) {
                        ChannelIo.write(pair.second(), ChannelIo.read(pair.second(), 1));
                    }
                });
        for (int i = 0; i < PING_PONGS; i++) {
            ChannelIo.write(pair.first(), (byte) i);
            Expect.equal((byte) i, ChannelIo.read(pair.first(), 1)[0], "pong " + i);
        }
    }

    private static void addresses(ChannelPair pair, CaseThreads crew) {
        var first = pair.first().localAddress();
        var second = pair.second().localAddress();
        for (String when : List.of("while open", "after close")) {
            Expect.equal(first, pair.first().localAddress(), "the first's address " + when);
            Expect.equal(second, pair.second().localAddress(), "the second's address " + when);
            Expect.equal(second, pair.first().remoteAddress(), "the first's peer " + when);
            Expect.equal(first, pair.second().remoteAddress(), "the second's peer " + when);
            pair.close();
        }
    }
}
