package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.probe.Call;
import io.loomline.probe.Descriptors;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A file that the connection opens itself: one write, and closed however it ends. */
@ParameterizedClass
@EnumSource(Medium.class)
class SendPathTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @TempDir static Path directory;

    @Parameter Medium medium;

    private Link link;
    private byte[] content;
    private Path path;

    @BeforeEach
    void open() throws IOException {
        link = medium.open();
        content = new byte[medium == Medium.ONE_BYTE ? 40_000 : 3_000_000];
        new Random(9).nextBytes(content);
        path = Files.write(directory.resolve("f\u00fcr alle"), content);
    }

    @AfterEach
    void close() throws Exception {
        link.close();
        Eventually.holds(() -> Descriptors.open(directory.toString()).isEmpty());
    }

    private void assertArrives(int position, long count, int expected) throws Exception {
        long before = link.here().bytesWritten();
        var sender = Call.of(() -> link.here().transferFrom(path, position, count));
        byte[] received = link.there().readExactly(expected);
        assertArrayEquals(Arrays.copyOfRange(content, position, position + expected), received);
        assertEquals(expected, sender.result());
        assertEquals(expected, link.here().bytesWritten() - before);
    }

    @Test
    void smallAndLargePartsArriveWhole() throws Exception {
        assertArrives(0, 1, 1);
        assertArrives(1_000, 5_000, 5_000);
        assertArrives(4_097, content.length - 5_000, content.length - 5_000);
        assertArrives(0, 0, 0);
    }

    @Test
    void partBeyondTheEndIsSentToTheEnd() throws Exception {
        assertArrives(content.length - 10, 20, 10);
        assertArrives(content.length - 10, 1L << 40, 10);
        assertArrives(content.length, 1, 0);
        assertArrives(content.length, 1L << 40, 0);
        assertEquals(0, link.here().transferFrom(path, 1L << 40, 1L << 40));
        assertArrives(0, Long.MAX_VALUE, content.length);
    }

    @Test
    void wholeFileArrivesBetweenWrites() throws Exception {
        var peer = Call.of(() -> link.there().readExactly(3 + content.length + 5));
        link.here().write("one");
        assertEquals(content.length, link.here().transferFrom(path));
        link.here().write("three");
        byte[] received = peer.result();
        assertArrayEquals(content, Arrays.copyOfRange(received, 3, 3 + content.length));
        assertEquals("three", new String(received, 3 + content.length, 5, UTF_8));
    }

    @Test
    void emptyFileSendsNothing() throws Exception {
        Path empty = Files.write(directory.resolve("empty"), new byte[0]);
        assertEquals(0, link.here().transferFrom(empty));
        requireUsable();
    }

    @Test
    void filesOfProcAreSent() throws Exception {
        for (String name :
                List.of("/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled")) {
            Path odd = Path.of(name);
            assumeTrue(Files.isReadable(odd), name);
            byte[] expected = Files.readAllBytes(odd);
            for (long count : new long[] {4_096, Long.MAX_VALUE}) {
                var sender = Call.of(() -> link.here().transferFrom(odd, 0, count));
                assertArrayEquals(expected, link.there().readExactly(expected.length));
                assertEquals(expected.length, sender.result());
            }
        }
    }

    @Test
    void missingFileIsReportedBeforeAnyByte() throws Exception {
        Path missing = directory.resolve("missing");
        for (long count : new long[] {10, Long.MAX_VALUE}) {
            assertThrows(
                    NoSuchFileException.class, () -> link.here().transferFrom(missing, 0, count));
        }
        requireUsable();
    }

    @Test
    void directoryIsRefused() throws Exception {
        for (long count : new long[] {10, Long.MAX_VALUE}) {
            var e =
                    assertThrows(
                            IOException.class, () -> link.here().transferFrom(directory, 0, count));
            assertTrue(!(e instanceof FileNotFoundException), e::toString);
        }
        requireUsable();
    }

    private void requireUsable() throws Exception {
        assertEquals(0, link.here().bytesWritten());
        var line = Call.of(link.there()::readLine);
        link.here().writeLine("usable");
        assertEquals("usable", line.result());
    }

    /** A sparse file, larger than all buffers between the two connections. */
    private Path largeFile() throws IOException {
        Path large = Files.createTempFile(directory, "large", "");
        try (var file = FileChannel.open(large, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(1), medium.cloggingBytes() - 1);
        }
        return large;
    }

    @Test
    void truncationIsAnErrorAndBreaksTheOutput() throws Exception {
        Path large = largeFile();
        var sender = Call.of(() -> link.here().transferFrom(large));
        sender.awaitIn("awaitWritable");
        try (var file = FileChannel.open(large, StandardOpenOption.WRITE)) {
            file.truncate(1);
        }
        var received = Call.of(() -> link.there().readAll(1 << 30).length);
        var e = sender.failure(EOFException.class);
        assertTrue(e.getMessage().contains(large + " ended at byte "), e::toString);
        if (link.here().bytesWritten() > 0) {
            assertThrows(IOException.class, () -> link.here().write("more"));
        }
        link.here().abort();
        received.awaitEnd();
    }

    @Test
    void cancelLeavesTheCountExact() throws Exception {
        Path large = largeFile();
        var sender = Call.of(() -> link.here().transferFrom(large));
        sender.awaitIn("awaitWritable").cancel();
        assertTrue(sender.wasCancelled());
        int sent = (int) link.here().bytesWritten();
        assertEquals(sent, link.there().readExactly(sent).length);
        if (sent == 0) return;
        var e = assertThrows(IOException.class, () -> link.here().write("more"));
        assertTrue(e.getMessage().contains("cut"), e::toString);
    }

    @Test
    void interruptBeforeTheCallSendsNothing() {
        var sender =
                Call.of(() -> {
                    Thread.currentThread().interrupt();
                    return link.here().transferFrom(path);
                });
        sender.failure(InterruptedException.class);
        assertEquals(0, link.here().bytesWritten());
    }

    @Test
    void closeOfTheConnectionEndsTheTransfer() throws Exception {
        Path large = largeFile();
        var sender = Call.of(() -> link.here().transferFrom(large));
        sender.awaitIn("awaitWritable");
        link.here().close();
        sender.failure(ConnectionClosedException.class);
        assertThrows(ConnectionClosedException.class, () -> link.here().transferFrom(path));
    }

    @Test
    void lossOfThePeerEndsTheTransfer() throws Exception {
        assumeTrue(medium.tellsOfAnAbort());
        Path large = largeFile();
        var sender = Call.of(() -> link.here().transferFrom(large));
        sender.awaitIn("awaitWritable");
        link.there().abort();
        var e = sender.failure(IOException.class);
        assertTrue(e.getMessage().startsWith("sending a file to "), e::toString);
    }

    @Test
    void argumentsAreChecked() {
        for (long count : new long[] {1, Long.MAX_VALUE}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> link.here().transferFrom(path, -1, count));
        }
        assertThrows(IllegalArgumentException.class, () -> link.here().transferFrom(path, 0, -1));
    }
}
