package io.loomline.testing.contract;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Bytes from several buffers at once, and from a file. */
final class TransferCases {
    private static final int SOME_BYTES = 10_000;

    private final int bulkBytes;

    private TransferCases(int bulkBytes) {
        this.bulkBytes = bulkBytes;
    }

    static List<ContractCase> of(ChannelPair.Source source, int bulkBytes) {
        var cases = new TransferCases(bulkBytes);
        return List.of(
                CaseThreads.over(
                        source, "several sources go in order", TransferCases::severalSources),
                CaseThreads.over(source, "only the given sources go", TransferCases::range),
                CaseThreads.over(source, "many large sources go whole", cases::largeSources),
                CaseThreads.over(source, "a file goes from where it should", TransferCases::part),
                CaseThreads.over(source, "a large file goes whole", cases::largeFile),
                CaseThreads.over(source, "a file that has ended gives 0", TransferCases::endOfFile),
                CaseThreads.over(
                        source, "a full channel takes nothing of a file", TransferCases::full),
                CaseThreads.over(source, "a closed channel takes no file", TransferCases::closed));
    }

    private static void severalSources(ChannelPair pair, CaseThreads crew) throws Exception {
        crew.start(
                "writer",
                () ->
                        writeAll(
                                pair.first(),
                                ByteBuffer.wrap(ChannelIo.pattern(0, 100)),
                                ByteBuffer.allocate(0),
                                ByteBuffer.allocateDirect(200)
                                        .put(ChannelIo.pattern(100, 200))
                                        .flip(),
                                ByteBuffer.wrap(ChannelIo.pattern(300, SOME_BYTES - 300))));
        Expect.bytes(
                ChannelIo.pattern(0, SOME_BYTES),
                ChannelIo.read(pair.second(), SOME_BYTES),
                "what came");
    }

    private static void range(ChannelPair pair, CaseThreads crew) throws Exception {
        ByteBuffer[] sources = new ByteBuffer[5];
        for (byte i = 0; i < sources.length; i++) sources[i] = ByteBuffer.wrap(new byte[] {i});
        crew.start(
                "writer",
                () -> {
                    while (sources[3].hasRemaining()) {
                        if (pair.first().tryWrite(sources, 2, 2) == 0) pair.first().awaitWritable();
                    }
                    pair.first().shutdownOutput();
                });
        Expect.bytes(new byte[] {2, 3}, ChannelIo.readToEnd(pair.second()), "what came");
        Expect.equal(1, sources[1].remaining(), "bytes left of the one before");
        Expect.equal(1, sources[4].remaining(), "bytes left of the one after");
    }

    private void largeSources(ChannelPair pair, CaseThreads crew) throws Exception {
        int length = bulkBytes / 4;
        ByteBuffer[] sources = new ByteBuffer[4];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = ByteBuffer.wrap(ChannelIo.pattern(i * length, length));
        }
        crew.start("writer", () -> writeAll(pair.first(), sources));
        Expect.bytes(
                ChannelIo.pattern(0, 4 * length),
                ChannelIo.read(pair.second(), 4 * length),
                "what came");
    }

    private static void writeAll(Channel to, ByteBuffer... sources)
            throws IOException, InterruptedException {
        while (true) {
            long before = remaining(sources);
            if (before == 0) return;
            long taken = to.tryWrite(sources, 0, sources.length);
            Expect.equal(before - remaining(sources), taken, "bytes taken");
            if (taken == 0) to.awaitWritable();
        }
    }

    private static long remaining(ByteBuffer... sources) {
        long sum = 0;
        for (ByteBuffer source : sources) sum += source.remaining();
        return sum;
    }

    /** What a case does with a file that has the pattern in it. */
    private interface FileJob {
        void run(FileChannel file) throws Exception;
    }

    private static void withFile(int length, FileJob job) throws Exception {
        Path path = Files.createTempFile("contract", ".bytes");
        try (FileChannel file =
                FileChannel.open(
                        Files.write(path, ChannelIo.pattern(0, length)), StandardOpenOption.READ)) {
            job.run(file);
        } finally {
            Files.delete(path);
        }
    }

    private static void sendFile(Channel to, FileChannel file, long position, long count)
            throws IOException, InterruptedException {
        for (long sent = 0; sent < count; ) {
            long taken = to.tryWriteFrom(file, position + sent, count - sent);
            if (taken == 0) to.awaitWritable();
            sent += taken;
        }
    }

    private static void part(ChannelPair pair, CaseThreads crew) throws Exception {
        withFile(
                SOME_BYTES,
                file -> {
                    var writer =
                            crew.start("writer", () -> sendFile(pair.first(), file, 1_000, 5_000));
                    byte[] received = ChannelIo.read(pair.second(), 5_000);
                    Expect.bytes(ChannelIo.pattern(1_000, 5_000), received, "what came");
                    writer.join();
                    Expect.equal(-2, ChannelIo.tryReadByte(pair.second()), "tryRead after it");
                    Expect.equal(0L, file.position(), "the file's own position");
                });
    }

    private void largeFile(ChannelPair pair, CaseThreads crew) throws Exception {
        withFile(
                bulkBytes,
                file -> {
                    crew.start("writer", () -> sendFile(pair.first(), file, 0, bulkBytes));
                    byte[] received = ChannelIo.read(pair.second(), bulkBytes);
                    Expect.bytes(ChannelIo.pattern(0, bulkBytes), received, "what came");
                    crew.joinOthers();
                });
    }

    private static void endOfFile(ChannelPair pair, CaseThreads crew) throws Exception {
        withFile(
                100,
                file -> {
                    for (long position : new long[] {100, 101, 1L << 40}) {
                        long taken = pair.first().tryWriteFrom(file, position, 10);
                        Expect.equal(0L, taken, "bytes taken at " + position);
                    }
                });
    }

    private static void full(ChannelPair pair, CaseThreads crew) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        withFile(
                SOME_BYTES,
                file -> {
                    long taken = pair.first().tryWriteFrom(file, 0, SOME_BYTES);
                    Expect.that(taken < SOME_BYTES, "fewer than all bytes taken", taken);
                    var writer =
                            crew.start(
                                    "writer",
                                    () -> sendFile(pair.first(), file, taken, SOME_BYTES - taken));
                    ChannelIo.read(pair.second(), filled);
                    byte[] received = ChannelIo.read(pair.second(), SOME_BYTES);
                    Expect.bytes(
                            ChannelIo.pattern(0, SOME_BYTES), received, "what came of the file");
                    writer.join();
                });
    }

    private static void closed(ChannelPair pair, CaseThreads crew) throws Exception {
        pair.first().close();
        withFile(
                100,
                file -> {
                    Expect.throwing(
                            ClosedChannelException.class,
                            "a file to a closed channel",
                            () -> pair.first().tryWriteFrom(file, 0, 100));
                    Expect.equal(true, file.isOpen(), "whether the file is open");
                });
    }
}
