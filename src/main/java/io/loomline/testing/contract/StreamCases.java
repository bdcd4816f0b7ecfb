package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/** The byte stream: order, counts, and both directions at once. */
final class StreamCases {
    private static final int SOME_BYTES = 10_000;
    private static final int PING_PONGS = 2_000;

    /** The exponent is random, so short chunks are as frequent as long ones. */
    private static final int MAX_CHUNK_BITS = 16;

    private final int bulkBytes;

    private StreamCases(int bulkBytes) {
        this.bulkBytes = bulkBytes;
    }

    static List<ContractCase> of(ChannelPair.Source source, int bulkBytes) {
        var cases = new StreamCases(bulkBytes);
        return List.of(
                over(source, "bytes arrive in order", StreamCases::order),
                over(source, "tryRead returns 0 when no bytes have arrived", StreamCases::noBytes),
                over(
                        source,
                        "tryRead fills only the remaining part of the target",
                        StreamCases::remaining),
                over(source, "tryWrite consumes as many bytes as it returns", StreamCases::count),
                over(source, "an empty write returns 0", StreamCases::emptyWrite),
                over(
                        source,
                        "heap, direct and read-only buffers are accepted",
                        StreamCases::buffers),
                over(
                        source,
                        "tryWrite returns 0 when full and resumes after a read",
                        StreamCases::full),
                over(
                        source,
                        "a full direction does not block the other direction",
                        StreamCases::oneWayFull),
                over(source, "bulk data flows both ways at once", cases::bulk),
                over(source, "ping-pong loses no wake-up", StreamCases::pingPong),
                over(source, "the addresses mirror each other", StreamCases::addresses));
    }

    private static void order(ChannelPair pair, CaseThreads threads) throws Exception {
        byte[] sent = ChannelIo.pattern(0, SOME_BYTES);
        threads.start("writer", () -> ChannelIo.write(pair.first(), sent));
        Expect.bytes(sent, ChannelIo.read(pair.second(), SOME_BYTES), "the received bytes");
    }

    private static void noBytes(ChannelPair pair, CaseThreads threads) throws Exception {
        Expect.equal(
                ChannelIo.NO_BYTE, ChannelIo.tryReadByte(pair.second()), "tryRead at the start");
        threads.start("writer", () -> ChannelIo.write(pair.first(), (byte) 1));
        Expect.bytes(new byte[] {1}, ChannelIo.read(pair.second(), 1), "the only byte");
        Expect.equal(
                ChannelIo.NO_BYTE,
                ChannelIo.tryReadByte(pair.second()),
                "tryRead after the only byte");
    }

    private static void remaining(ChannelPair pair, CaseThreads threads) throws Exception {
        byte[] sent = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        threads.start("writer", () -> ChannelIo.write(pair.first(), sent));
        var target = ByteBuffer.allocate(8);
        ChannelIo.readInto(pair.second(), target.position(2).limit(5));
        Expect.bytes(new byte[] {0, 0, 1, 2, 3, 0, 0, 0}, target.array(), "the target");
        Expect.bytes(
                new byte[] {4, 5, 6, 7, 8, 9, 10},
                ChannelIo.read(pair.second(), 7),
                "the remaining bytes");
    }

    private static void count(ChannelPair pair, CaseThreads threads) throws Exception {
        byte[] pattern = ChannelIo.pattern(0, SOME_BYTES);
        var source = ByteBuffer.wrap(pattern.clone(), 100, 5_000);
        threads.start(
                "writer",
                () -> {
                    while (source.hasRemaining()) {
                        int before = source.position();
                        int written = pair.first().tryWrite(source);
                        Expect.equal(source.position() - before, written, "the result of tryWrite");
                        if (written == 0) pair.first().awaitWritable();
                    }
                });
        Expect.bytes(
                ChannelIo.pattern(100, 5_000),
                ChannelIo.read(pair.second(), 5_000),
                "the received bytes");
        threads.joinOthers();
        Expect.bytes(pattern, source.array(), "the source after the write");
        Expect.equal(5_100, source.limit(), "the source's limit");
    }

    private static void emptyWrite(ChannelPair pair, CaseThreads threads) throws Exception {
        Expect.equal(0, pair.first().tryWrite(ByteBuffer.allocate(0)), "the result of tryWrite");
        Expect.equal(
                ChannelIo.NO_BYTE,
                ChannelIo.tryReadByte(pair.second()),
                "tryRead after the empty write");
        order(pair, threads);
    }

    private static void buffers(ChannelPair pair, CaseThreads threads) throws Exception {
        byte[] sent = ChannelIo.pattern(0, 100);
        threads.start(
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
        Expect.bytes(sent, ChannelIo.read(pair.second(), 100), "from a read-only buffer");
    }

    private static void full(ChannelPair pair, CaseThreads threads) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        byte[] more = ChannelIo.pattern(filled, SOME_BYTES);
        threads.start("writer", () -> ChannelIo.write(pair.first(), more)).awaitWaiting();
        byte[] received = ChannelIo.read(pair.second(), filled + SOME_BYTES);
        Expect.bytes(ChannelIo.pattern(0, filled + SOME_BYTES), received, "the received bytes");
    }

    private static void oneWayFull(ChannelPair pair, CaseThreads threads) throws Exception {
        ChannelIo.fill(pair.first());
        byte[] back = ChannelIo.pattern(0, SOME_BYTES);
        threads.start("writer", () -> ChannelIo.write(pair.second(), back));
        Expect.bytes(back, ChannelIo.read(pair.first(), SOME_BYTES), "the bytes sent back");
    }

    private void bulk(ChannelPair pair, CaseThreads threads) throws Exception {
        threads.start("first writes", () -> writeChunks(pair.first(), 1));
        threads.start("second writes", () -> writeChunks(pair.second(), 2));
        threads.start("first reads", () -> readChunks(pair.first(), 3));
        threads.start("second reads", () -> readChunks(pair.second(), 4));
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
        Expect.bytes(ChannelIo.pattern(0, bulkBytes), received.array(), "the bulk data");
        Expect.equal(0, ChannelIo.readToEnd(from).length, "bytes after the last");
    }

    private static int chunkLength(Random random) {
        return 1 + random.nextInt(1 << random.nextInt(MAX_CHUNK_BITS + 1));
    }

    private static void pingPong(ChannelPair pair, CaseThreads threads) throws Exception {
        threads.start(
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

    private static void addresses(ChannelPair pair, CaseThreads threads) {
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
