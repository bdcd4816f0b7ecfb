package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.task.SystemClock;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** What is no file, where a file ends, and files that change: the same on all ways to send one. */
@ParameterizedClass
@EnumSource
class SendPathEdgeTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    /** Smaller and larger than the buffer of a connection. */
    private static final long[] COUNTS = {1, 4_096, 1_000_000, Long.MAX_VALUE};

    private static final int SMALL_BYTES = 1_000;
    private static final int CLOGGING_BYTES = Medium.TCP.cloggingBytes();

    /** How the bytes leave the file. */
    enum Way {
        /** Through sendfile(2), called by this library. */
        EPOLL,
        /** Through the JDK. */
        NIO,
        /** Copied. */
        MEMORY,
        /** Copied and encrypted. */
        TLS
    }

    @TempDir static Path directory;

    @Parameter Way way;

    private Link link;

    @BeforeEach
    void open() throws Exception {
        link =
                switch (way) {
                    case EPOLL -> over(Kernel.EPOLL);
                    case NIO -> over(Kernel.NIO);
                    case MEMORY -> Medium.MEMORY.open();
                    case TLS -> encrypted();
                };
    }

    private static Link over(Kernel kernel) {
        return Link.over(kernel.newDriver(), SystemClock.INSTANCE);
    }

    private static Link encrypted() throws Exception {
        Link link = Medium.TCP.open();
        var server = Tls.server(TestCertificates.server("localhost").serverContext());
        var accepting = Call.running(() -> link.there().startTls(server));
        var client = Tls.client(TestCertificates.clientContext());
        link.here().startTls(client.withServerName("localhost"));
        accepting.result();
        return link;
    }

    @AfterEach
    void close() {
        link.close();
    }

    private static Path file(long bytes) throws IOException {
        Path path = Files.createTempFile(directory, "file", "");
        if (bytes > 0) append(path, bytes);
        return path;
    }

    private static void append(Path path, long bytes) throws IOException {
        try (var file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(1), file.size() + bytes - 1);
        }
    }

    private static void truncate(Path path, long size) throws IOException {
        try (var file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            file.truncate(size);
        }
    }

    private void requireUsable() throws Exception {
        assertEquals(0, link.here().bytesWritten());
        var line = Call.of(link.there()::readLine);
        link.here().writeLine("usable");
        assertEquals("usable", line.result());
    }

    @Test
    void onlyRegularFilesAreOpened() throws Exception {
        Path fifo = directory.resolve("fifo of " + way);
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        for (long count : COUNTS) {
            for (Path path : List.of(fifo, directory, Path.of("/dev/zero"))) {
                var sender = Call.of(() -> link.here().transferFrom(path, 0, count));
                var e = sender.failure(FileSystemException.class);
                String text = path + ": expected a regular file, found a";
                assertTrue(e.getMessage().startsWith(text), e::toString);
            }
        }
        requireUsable();
    }

    @Test
    void linkToAFileIsSent() throws Exception {
        Path path = Files.writeString(directory.resolve("target of " + way), "text\n");
        Path symbolic = Files.createSymbolicLink(directory.resolve("link of " + way), path);
        for (long count : COUNTS) link.here().transferFrom(symbolic, 0, count);
        assertEquals('t', link.there().readExactly(1)[0]);
        for (int i = 1; i < COUNTS.length; i++) assertEquals("text", link.there().readLine());
    }

    @Test
    void positionsFromTheEndOnSendNothing() throws Exception {
        for (Path path : List.of(file(SMALL_BYTES), file(0), Path.of("/proc/version"))) {
            long end = Files.readAllBytes(path).length;
            for (long position : positionsFrom(end)) {
                for (long count : COUNTS) {
                    String part = "%d bytes of %s from %d".formatted(count, path, position);
                    assertEquals(0, link.here().transferFrom(path, position, count), part);
                    try (var file = FileChannel.open(path)) {
                        assertEquals(0, link.here().transferFrom(file, position, count), part);
                    }
                }
            }
        }
        requireUsable();
    }

    private static List<Long> positionsFrom(long end) {
        var positions = new ArrayList<>(List.of(end, end + 1, 1L << 31, 1L << 50));
        for (int i = 4_098; i >= 0; i -= 2_049) positions.add(Long.MAX_VALUE - i);
        return positions;
    }

    @Test
    void partsAcrossTheEndAreSentToTheEnd() throws Exception {
        Path path = file(SMALL_BYTES);
        byte[] version = Files.readAllBytes(Path.of("/proc/version"));
        for (long count : new long[] {4_096, 1_000_000, Long.MAX_VALUE}) {
            assertEquals(1, link.here().transferFrom(path, SMALL_BYTES - 1, count));
            link.there().readExactly(1);
            long sent = link.here().transferFrom(Path.of("/proc/version"), 0, count);
            assertEquals(version.length, sent);
            assertArrayEquals(version, link.there().readExactly(version.length));
        }
    }

    @Test
    void largeFileThatGrowsIsSentUpToItsSizeAtTheStart() throws Exception {
        Path path = file(CLOGGING_BYTES);
        var sender = Call.of(() -> link.here().transferFrom(path, 10, Long.MAX_VALUE));
        sender.awaitIn("awaitWritable");
        append(path, 1_000_000);
        requireSent(sender, CLOGGING_BYTES - 10);
    }

    /** Sends a part of a file that changes before any byte is sent, but after it was opened. */
    private Call<Long> sendBehindOther(Path path, long count, Change change) throws Exception {
        var first = Call.running(() -> link.here().write(new byte[CLOGGING_BYTES]));
        first.awaitIn("awaitWritable");
        var sender = Call.of(() -> link.here().transferFrom(path, 0, count)).awaitIn("lock");
        change.run();
        link.there().readExactly(CLOGGING_BYTES);
        first.result();
        return sender;
    }

    private interface Change {
        void run() throws IOException;
    }

    private void requireSent(Call<Long> sender, int bytes) throws Exception {
        link.there().readExactly(bytes);
        assertEquals(bytes, sender.result());
        var line = Call.of(link.there()::readLine);
        link.here().writeLine("next");
        assertEquals("next", line.result());
    }

    @Test
    void smallFileThatGrowsIsSentUpToItsSizeAtTheStart() throws Exception {
        for (long count : new long[] {4_096, Long.MAX_VALUE}) {
            Path path = file(SMALL_BYTES);
            var sender = sendBehindOther(path, count, () -> append(path, 100));
            requireSent(sender, SMALL_BYTES);
        }
    }

    @Test
    void fileWithoutASizeIsSentToItsEnd() throws Exception {
        for (long count : new long[] {4_096, Long.MAX_VALUE}) {
            Path path = file(0);
            var sender = sendBehindOther(path, count, () -> append(path, 100));
            requireSent(sender, 100);
        }
    }

    @Test
    void fileThatWasShortenedIsAnErrorIfBytesLack() throws Exception {
        for (long count : new long[] {4_096, Long.MAX_VALUE}) {
            Path path = file(SMALL_BYTES);
            var whole = sendBehindOther(path, 100, () -> truncate(path, 100));
            requireSent(whole, 100);
            append(path, SMALL_BYTES - 100);
            var part = sendBehindOther(path, count, () -> truncate(path, 0));
            var e = part.failure(EOFException.class);
            String text = path + " ended at byte 0 while it was sent: expected";
            assertTrue(e.getMessage().startsWith(text), e::toString);
        }
        var line = Call.of(link.there()::readLine);
        link.here().writeLine("usable"); // no byte of the file was sent
        assertEquals("usable", line.result());
    }
}
