package io.loomline.testing;

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
                Crew.over(source, "bytes arrive in order", StreamCases::order),
                Crew.over(source, "tryRead gives 0 when nothing is there", StreamCases::nothing),
                Crew.over(source, "tryRead fills only what the target has left", StreamCases::room),
                Crew.over(source, "tryWrite takes what it says, in order", StreamCases::taken),
                Crew.over(source, "an empty write takes nothing", StreamCases::emptyWrite),
                Crew.over(source, "buffers of every kind will do", StreamCases::buffers),
                Crew.over(source, "tryWrite gives 0 when full, and goes on", StreamCases::full),
                Crew.over(
                        source, "a clogged direction leaves the other free", StreamCases::clogged),
                Crew.over(source, "bulk moves both ways at once", cases::bulk),
                Crew.over(source, "ping-pong loses no wake-up", StreamCases::pingPong),
                Crew.over(source, "the addresses mirror each other", StreamCases::addresses));
    }

    private static void order(ChannelPair pair, Crew crew) throws Exception {
        byte[] sent = Moves.pattern(0, SOME_BYTES);
        crew.start("writer", () -> Moves.write(pair.first(), sent));
        Expect.bytes(sent, Moves.read(pair.second(), SOME_BYTES), "what arrived");
    }

    private static void nothing(ChannelPair pair, Crew crew) throws Exception {
        Expect.equal(-2, Moves.tryReadByte(pair.second()), "tryRead at the start");
        crew.start("writer", () -> Moves.write(pair.first(), (byte) 1));
        Expect.bytes(new byte[] {1}, Moves.read(pair.second(), 1), "the only byte");
        Expect.equal(-2, Moves.tryReadByte(pair.second()), "tryRead after the only byte");
    }

    private static void room(ChannelPair pair, Crew crew) throws Exception {
        byte[] sent = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        crew.start("writer", () -> Moves.write(pair.first(), sent));
        var target = ByteBuffer.allocate(8);
        Moves.readInto(pair.second(), target.position(2).limit(5));
        Expect.bytes(new byte[] {0, 0, 1, 2, 3, 0, 0, 0}, target.array(), "the target");
        Expect.bytes(
                new byte[] {4, 5, 6, 7, 8, 9, 10}, Moves.read(pair.second(), 7), "what is left");
    }

    private static void taken(ChannelPair pair, Crew crew) throws Exception {
        byte[] pattern = Moves.pattern(0, SOME_BYTES);
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
        Expect.bytes(Moves.pattern(100, 5_000), Moves.read(pair.second(), 5_000), "what arrived");
        crew.joinOthers();
        Expect.bytes(pattern, source.array(), "the source, afterwards");
        Expect.equal(5_100, source.limit(), "the source's limit");
    }

    private static void emptyWrite(ChannelPair pair, Crew crew) throws Exception {
        Expect.equal(0, pair.first().tryWrite(ByteBuffer.allocate(0)), "bytes taken of none");
        Expect.equal(-2, Moves.tryReadByte(pair.second()), "tryRead after it");
        order(pair, crew);
    }

    private static void buffers(ChannelPair pair, Crew crew) throws Exception {
        byte[] sent = Moves.pattern(0, 100);
        crew.start(
                "writer",
                () -> {
                    Moves.write(pair.first(), ByteBuffer.allocateDirect(100).put(sent).flip());
                    Moves.write(pair.first(), ByteBuffer.wrap(sent).asReadOnlyBuffer());
                });
        var direct = ByteBuffer.allocateDirect(100);
        Moves.readInto(pair.second(), direct);
        byte[] received = new byte[100];
        direct.flip().get(received);
        Expect.bytes(sent, received, "from a direct buffer to a direct buffer");
        Expect.bytes(sent, Moves.read(pair.second(), 100), "from a buffer that is read-only");
    }

    private static void full(ChannelPair pair, Crew crew) throws Exception {
        int filled = Moves.fill(pair.first());
        byte[] more = Moves.pattern(filled, SOME_BYTES);
        crew.start("writer", () -> Moves.write(pair.first(), more)).awaitWaiting();
        byte[] received = Moves.read(pair.second(), filled + SOME_BYTES);
        Expect.bytes(Moves.pattern(0, filled + SOME_BYTES), received, "what arrived");
    }

    private static void clogged(ChannelPair pair, Crew crew) throws Exception {
        Moves.fill(pair.first());
        byte[] back = Moves.pattern(0, SOME_BYTES);
        crew.start("writer", () -> Moves.write(pair.second(), back));
        Expect.bytes(back, Moves.read(pair.first(), SOME_BYTES), "what came back");
    }

    private void bulk(ChannelPair pair, Crew crew) throws Exception {
        crew.start("first writes", () -> writeChunks(pair.first(), 1));
        crew.start("second writes", () -> writeChunks(pair.second(), 2));
        crew.start("first reads", () -> readChunks(pair.first(), 3));
        crew.start("second reads", () -> readChunks(pair.second(), 4));
    }

    private void writeChunks(Channel to, long seed) throws IOException, InterruptedException {
        var random = new Random(seed);
        for (int offset = 0; offset < bulkBytes; ) {
            int length = Math.min(chunkLength(random), bulkBytes - offset);
            Moves.write(to, Moves.pattern(offset, length));
            offset += length;
        }
        to.shutdownOutput();
    }

    private void readChunks(Channel from, long seed) throws IOException, InterruptedException {
        var random = new Random(seed);
        var received = ByteBuffer.allocate(bulkBytes);
        while (received.hasRemaining()) {
            int length = Math.min(chunkLength(random), received.remaining());
            received.put(Moves.read(from, length));
        }
        Expect.bytes(Moves.pattern(0, bulkBytes), received.array(), "bulk");
        Expect.equal(0, Moves.readToEnd(from).length, "bytes after the last");
    }

    private static int chunkLength(Random random) {
        return 1 + random.nextInt(1 << random.nextInt(MAX_CHUNK_BITS + 1));
    }

    private static void pingPong(ChannelPair pair, Crew crew) throws Exception {
        crew.start(
                "second",
                () -> {
                    for (int i = 0; i < PING_PONGS; i++) {
                        Moves.write(pair.second(), Moves.read(pair.second(), 1));
                    }
                });
        for (int i = 0; i < PING_PONGS; i++) {
            Moves.write(pair.first(), (byte) i);
            Expect.equal((byte) i, Moves.read(pair.first(), 1)[0], "pong " + i);
        }
    }

    private static void addresses(ChannelPair pair, Crew crew) {
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
