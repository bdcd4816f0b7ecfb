package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.driver.Channel;
import io.loomline.driver.ChannelFile;
import io.loomline.driver.ChannelPipe;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Bytes that the kernel moves without a copy: from a file, and from input to output. A driver need
 * not support either; then these cases hold.
 */
final class KernelCases {
    private static final int SOME_BYTES = 10_000;

    private final int bulkBytes;

    private KernelCases(int bulkBytes) {
        this.bulkBytes = bulkBytes;
    }

    static List<ContractCase> of(ChannelPair.Source source, int bulkBytes) {
        var cases = new KernelCases(bulkBytes);
        return List.of(
                over(source, "a file that the channel has opened is sent", cases::file),
                over(source, "such a file ends where it ends", KernelCases::endOfFile),
                over(source, "a closed channel rejects such a file", KernelCases::closed),
                over(source, "a missing file is not opened", KernelCases::missing),
                over(source, "a pipe passes all bytes and the end", cases::pipe),
                over(source, "bytes can be taken out of a pipe", KernelCases::take));
    }

    /** Work on a file that the channel has opened. */
    private interface FileJob {
        void run(ChannelFile file) throws Exception;
    }

    private static void withFile(Channel channel, int length, FileJob job) throws Exception {
        Path path = Files.createTempFile("contract", ".bytes");
        Files.write(path, ChannelIo.pattern(0, length));
        try (ChannelFile file = channel.openFile(path)) {
            if (file == null) return;
            Expect.equal((long) length, file.size(), "the size of the file");
            job.run(file);
        } finally {
            Files.delete(path);
        }
    }

    private void file(ChannelPair pair, CaseThreads threads) throws Exception {
        var received = threads.start("reader", () -> ChannelIo.readToEnd(pair.second()));
        boolean[] opened = {false};
        withFile(
                pair.first(),
                bulkBytes,
                file -> {
                    opened[0] = true;
                    for (long at = 0, sent; (sent = file.trySend(at, bulkBytes)) >= 0; at += sent) {
                        if (sent == 0) pair.first().awaitWritable();
                    }
                });
        pair.first().shutdownOutput();
        byte[] expected = ChannelIo.pattern(0, opened[0] ? bulkBytes : 0);
        Expect.bytes(expected, received.join(), "the received bytes");
    }

    private static void endOfFile(ChannelPair pair, CaseThreads threads) throws Exception {
        withFile(
                pair.first(),
                100,
                file -> {
                    for (long position : new long[] {100, 101, 1L << 50, Long.MAX_VALUE - 10}) {
                        long sent = file.trySend(position, 10);
                        Expect.equal(-1L, sent, "the result of trySend at " + position);
                    }
                });
    }

    private static void closed(ChannelPair pair, CaseThreads threads) throws Exception {
        withFile(
                pair.first(),
                100,
                file -> {
                    pair.first().close();
                    Expect.throwing(
                            ClosedChannelException.class,
                            "trySend on a closed channel",
                            () -> file.trySend(0, 100));
                });
    }

    private static void missing(ChannelPair pair, CaseThreads threads) throws Exception {
        try (ChannelFile file = pair.first().openFile(Path.of("no", "such", "file"))) {
            Expect.equal(null, file, "the opened file");
        }
    }

    private void pipe(ChannelPair pair, CaseThreads threads) throws Exception {
        Channel echo = pair.second();
        ChannelPipe pipe = echo.openPipe(echo);
        if (pipe == null) return;
        threads.start(
                "writer",
                () -> {
                    ChannelIo.write(pair.first(), ChannelIo.pattern(0, bulkBytes));
                    pair.first().shutdownOutput();
                });
        threads.start("echo", () -> passAll(echo, pipe));
        byte[] received = ChannelIo.readToEnd(pair.first());
        Expect.bytes(ChannelIo.pattern(0, bulkBytes), received, "the received bytes");
        threads.joinOthers();
    }

    private static void passAll(Channel echo, ChannelPipe pipe)
            throws IOException, InterruptedException {
        try (pipe) {
            for (int moved; (moved = pipe.tryFill()) != -1; ) {
                Expect.equal(moved, pipe.heldBytes(), "the bytes in the pipe");
                if (moved == 0) echo.awaitReadable();
                while (pipe.heldBytes() > 0) {
                    if (pipe.tryDrain() == 0) echo.awaitWritable();
                }
            }
        }
        echo.shutdownOutput();
    }

    private static void take(ChannelPair pair, CaseThreads threads) throws Exception {
        try (ChannelPipe pipe = pair.second().openPipe(pair.second())) {
            if (pipe == null) return;
            ChannelIo.write(pair.first(), ChannelIo.pattern(0, SOME_BYTES));
            while (pipe.tryFill() == 0) pair.second().awaitReadable();
            int held = pipe.heldBytes();
            Expect.bytes(ChannelIo.pattern(0, held), pipe.take(), "the bytes of the pipe");
            Expect.equal(0, pipe.heldBytes(), "the bytes in the pipe");
            byte[] rest = ChannelIo.read(pair.second(), SOME_BYTES - held);
            Expect.bytes(ChannelIo.pattern(held, SOME_BYTES - held), rest, "the other bytes");
        }
    }
}
