package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Writes from several buffers and from a file. */
final class TransferCases {
    private static final int SOME_BYTES = 10_000;

    private final int bulkBytes;

    private TransferCases(int bulkBytes) {
        this.bulkBytes = bulkBytes;
    }

    static List<ContractCase> of(ChannelPair.Source source, int bulkBytes) {
        var cases = new TransferCases(bulkBytes);
        return List.of(
                over(source, "several buffers are sent in order", TransferCases::severalSources),
                over(source, "only the given range of buffers is sent", TransferCases::range),
                over(source, "several large buffers are sent completely", cases::largeSources),
                over(source, "a file is sent from the given position", TransferCases::position),
                over(source, "a large file is sent completely", cases::largeFile),
                over(
                        source,
                        "a position past the end of a file sends 0 bytes",
                        TransferCases::endOfFile),
                over(source, "a full channel does not accept a whole file", TransferCases::full),
                over(source, "a closed channel rejects a file", TransferCases::closed));
    }

    private static void severalSources(ChannelPair pair, CaseThreads threads) throws Exception {
        threads.start(
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
                "the received bytes");
    }

    private static void range(ChannelPair pair, CaseThreads threads) throws Exception {
        ByteBuffer[] sources = new ByteBuffer[5];
        for (byte i = 0; i < sources.length; i++) sources[i] = ByteBuffer.wrap(new byte[] {i});
        threads.start(
                "writer",
                () -> {
                    while (sources[3].hasRemaining()) {
                        if (pair.first().tryWrite(sources, 2, 2) == 0) pair.first().awaitWritable();
                    }
                    pair.first().shutdownOutput();
                });
        Expect.bytes(new byte[] {2, 3}, ChannelIo.readToEnd(pair.second()), "the received bytes");
        Expect.equal(1, sources[1].remaining(), "remaining bytes of the buffer before the range");
        Expect.equal(1, sources[4].remaining(), "remaining bytes of the buffer after the range");
    }

    private void largeSources(ChannelPair pair, CaseThreads threads) throws Exception {
        int length = bulkBytes / 4;
        ByteBuffer[] sources = new ByteBuffer[4];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = ByteBuffer.wrap(ChannelIo.pattern(i * length, length));
        }
        threads.start("writer", () -> writeAll(pair.first(), sources));
        Expect.bytes(
                ChannelIo.pattern(0, 4 * length),
                ChannelIo.read(pair.second(), 4 * length),
                "the received bytes");
    }

    private static void writeAll(Channel to, ByteBuffer... sources)
            throws IOException, InterruptedException {
        while (true) {
            long before = remaining(sources);
            if (before == 0) return;
            long written = to.tryWrite(sources, 0, sources.length);
            Expect.equal(before - remaining(sources), written, "the result of tryWrite");
            if (written == 0) to.awaitWritable();
        }
    }

    private static long remaining(ByteBuffer... sources) {
        long sum = 0;
        for (ByteBuffer source : sources) sum += source.remaining();
        return sum;
    }

    /** Work on a file that contains the pattern. */
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
            long written = to.tryWriteFrom(file, position + sent, count - sent);
            if (written == 0) to.awaitWritable();
            sent += written;
        }
    }

    private static void position(ChannelPair pair, CaseThreads threads) throws Exception {
        withFile(
                SOME_BYTES,
                file -> {
                    var writer =
                            threads.start(
                                    "writer", () -> sendFile(pair.first(), file, 1_000, 5_000));
                    byte[] received = ChannelIo.read(pair.second(), 5_000);
                    Expect.bytes(ChannelIo.pattern(1_000, 5_000), received, "the received bytes");
                    writer.join();
                    Expect.equal(
                            ChannelIo.NO_BYTE,
                            ChannelIo.tryReadByte(pair.second()),
                            "tryRead after the file");
                    Expect.equal(0L, file.position(), "the position of the file");
                });
    }

    private void largeFile(ChannelPair pair, CaseThreads threads) throws Exception {
        withFile(
                bulkBytes,
                file -> {
                    threads.start("writer", () -> sendFile(pair.first(), file, 0, bulkBytes));
                    byte[] received = ChannelIo.read(pair.second(), bulkBytes);
                    Expect.bytes(ChannelIo.pattern(0, bulkBytes), received, "the received bytes");
                    threads.joinOthers();
                });
    }

    private static void endOfFile(ChannelPair pair, CaseThreads threads) throws Exception {
        withFile(
                100,
                file -> {
                    for (long position : new long[] {100, 101, 1L << 50, Long.MAX_VALUE - 10}) {
                        long written = pair.first().tryWriteFrom(file, position, 10);
                        Expect.equal(0L, written, "the result of tryWriteFrom at " + position);
                    }
                });
    }

    private static void full(ChannelPair pair, CaseThreads threads) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        withFile(
                SOME_BYTES,
                file -> {
                    long written = pair.first().tryWriteFrom(file, 0, SOME_BYTES);
                    Expect.that(
                            written < SOME_BYTES,
                            "tryWriteFrom to write less than the whole file",
                            written);
                    var writer =
                            threads.start(
                                    "writer",
                                    () ->
                                            sendFile(
                                                    pair.first(),
                                                    file,
                                                    written,
                                                    SOME_BYTES - written));
                    ChannelIo.read(pair.second(), filled);
                    byte[] received = ChannelIo.read(pair.second(), SOME_BYTES);
                    Expect.bytes(
                            ChannelIo.pattern(0, SOME_BYTES),
                            received,
                            "the received bytes of the file");
                    writer.join();
                });
    }

    private static void closed(ChannelPair pair, CaseThreads threads) throws Exception {
        pair.first().close();
        withFile(
                100,
                file -> {
                    Expect.throwing(
                            ClosedChannelException.class,
                            "tryWriteFrom on a closed channel",
                            () -> pair.first().tryWriteFrom(file, 0, 100));
                    Expect.equal(true, file.isOpen(), "whether the file is open");
                });
    }
}
