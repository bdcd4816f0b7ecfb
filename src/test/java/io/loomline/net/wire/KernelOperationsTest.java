package io.loomline.net.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.driver.ChannelFile;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.FakePipe;
import io.loomline.stream.Limits;
import io.loomline.stream.Operation;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** What is recorded of bytes that the kernel moves: the same as if they were read and written. */
class KernelOperationsTest {
    private final FakeChannel input = new FakeChannel();
    private final FakeChannel output = new FakeChannel();
    private final FakePipe moves = new FakePipe();
    private final TimeoutSweeper sweeper = new TimeoutSweeper(SystemClock.INSTANCE);
    private final GuardedChannel from = new GuardedChannel(moves.from(input), sweeper, Limits.NONE);
    private final GuardedChannel to = new GuardedChannel(output, sweeper, Limits.NONE);
    private final GuardedPipe pipe;

    KernelOperationsTest() {
        from.record(true);
        to.record(true);
        pipe = Objects.requireNonNull(GuardedPipe.open(from, to));
    }

    private static int lost() throws IOException {
        throw new SocketException("Connection reset");
    }

    /** The operations without their times. */
    private static List<String> operations(GuardedChannel channel) {
        return channel.operations().stream().map(KernelOperationsTest::describe).toList();
    }

    private static String describe(Operation operation) {
        String text = operation.kind() + " " + operation.bytes();
        return operation.failure() == null ? text : text + " " + operation.failure();
    }

    @Test
    void pipeIsRecordedAsReadsAndWrites() throws Exception {
        moves.filling(() -> 10, () -> 0, () -> 20, () -> -1);
        moves.draining(() -> 10, () -> 0, () -> 5, () -> 15);
        for (int i = 0; i < 4; i++) pipe.tryFill();
        for (int i = 0; i < 4; i++) pipe.tryDrain(to);
        assertEquals(List.of("READ 10", "READ 20", "INPUT_END 0"), operations(from));
        assertEquals(List.of("WRITE 10", "WRITE 5", "WRITE 15"), operations(to));
    }

    @Test
    void unsupportedMoveIsNoOperation() throws Exception {
        moves.filling(() -> GuardedPipe.UNSUPPORTED, () -> 10);
        moves.draining(() -> GuardedPipe.UNSUPPORTED);
        assertEquals(GuardedPipe.UNSUPPORTED, pipe.tryFill());
        assertEquals(10, pipe.tryFill());
        assertEquals(GuardedPipe.UNSUPPORTED, pipe.tryDrain(to));
        assertEquals(List.of("READ 10"), operations(from));
        assertEquals(List.of(), operations(to));
    }

    @Test
    void failuresOfAPipeAreRecordedForTheirConnection() throws Exception {
        moves.filling(() -> 10, KernelOperationsTest::lost).draining(KernelOperationsTest::lost);
        pipe.tryFill();
        var e = assertThrows(SocketException.class, () -> pipe.tryDrain(to));
        assertEquals("writing to " + to.remoteAddress() + ": Connection reset", e.getMessage());
        assertThrows(SocketException.class, pipe::tryFill);
        assertEquals(List.of("READ 10", "READ 0 SocketException"), operations(from));
        assertEquals(List.of("WRITE 0 SocketException"), operations(to));
    }

    /** A file whose sends return that. */
    private static FileSource moved(FakePipe.Move send) {
        return new FileSource.Moved(
                new ChannelFile() {
                    @Override
                    public long trySend(long position, long count) throws IOException {
                        return send.run();
                    }

                    @Override
                    public long size() {
                        return 100;
                    }

                    @Override
                    public void close() {}
                });
    }

    @Test
    void failureToMoveAFileIsRecorded() throws Exception {
        moved(() -> 10).trySend(to, 0, 100);
        moved(() -> -1).trySend(to, 0, 100);
        assertThrows(
                SocketException.class, () -> moved(KernelOperationsTest::lost).trySend(to, 0, 100));
        var unreadable =
                moved(() -> {
                    throw new FileSystemException("file");
                });
        assertThrows(FileSystemException.class, () -> unreadable.trySend(to, 0, 100));
        assertEquals(List.of("WRITE 10", "WRITE 0 SocketException"), operations(to));
    }

    @Test
    void failureToCopyAFileIsRecorded(@TempDir Path directory) throws Exception {
        Path path = Files.write(directory.resolve("file"), new byte[100]);
        try (var file = new FileSource.Copied(FileChannel.open(path))) {
            assertEquals(100, file.trySend(to, 0, 100));
            output.breakOutput();
            assertThrows(SocketException.class, () -> file.trySend(to, 0, 100));
        }
        assertEquals(List.of("WRITE 100", "WRITE 0 SocketException"), operations(to));
    }
}
