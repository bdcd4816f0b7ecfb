package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.probe.Call;
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

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;

/** A part of a file is one write: however it is cut, the file stays open and the count is exact. */
@ParameterizedClass
@EnumSource(Medium.class)
class SendFileTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @TempDir static Path directory;

    @Parameter Medium medium;

    private Link link;
    private byte[] content;
    private FileChannel file;

    @BeforeEach
    void open() throws IOException {
        link = medium.open();
        content = new byte[medium == Medium.ONE_BYTE ? 10_000 : 3_000_000];
        new Random(9).nextBytes(content);
        Path path = Files.write(directory.resolve("file"), content);
        file = FileChannel.open(path, StandardOpenOption.READ);
    }

    @AfterEach
    void close() throws IOException {
        link.close();
        file.close();
    }

    private void assertArrives(int position, int count, int expected) throws Exception {
        long before = link.here().bytesWritten();
        var sender = Call.of(() -> link.here().transferFrom(file, position, count));
        byte[] received = link.there().readExactly(expected);
        assertArrayEquals(Arrays.copyOfRange(content, position, position + expected), received);
        assertEquals(expected, sender.result());
        assertEquals(expected, link.here().bytesWritten() - before);
        assertEquals(0, file.position());
    }

    @Test
    void smallAndLargePartsArriveWhole() throws Exception {
        assertArrives(0, 1, 1);
        assertArrives(1_000, 5_000, 5_000);
        assertArrives(0, content.length, content.length);
        assertArrives(0, 0, 0);
    }

    @Test
    void fileShorterThanTheCountIsSentToItsEnd() throws Exception {
        assertArrives(content.length - 10, 20, 10);
        assertArrives(content.length, 1, 0);
        assertArrives(0, Integer.MAX_VALUE, content.length);
    }

    @Test
    void transfersAndWritesArriveInOrder() throws Exception {
        var peer = Call.of(() -> link.there().readExactly(3 + content.length + 5));
        link.here().write("one");
        link.here().transferFrom(file, 0, content.length);
        link.here().write("three");
        byte[] received = peer.result();
        assertEquals("one", new String(received, 0, 3, UTF_8));
        assertEquals(
                -1, Arrays.mismatch(Arrays.copyOfRange(received, 3, 3 + content.length), content));
        assertEquals("three", new String(received, 3 + content.length, 5, UTF_8));
    }

    @Test
    void cancelLeavesTheFileOpenAndTheCountExact() throws Exception {
        try (FileChannel large = largeFile()) {
            var sender = Call.of(() -> link.here().transferFrom(large, 0, large.size()));
            sender.awaitIn("awaitWritable").cancel();
            assertTrue(sender.wasCancelled());
            assertTrue(large.isOpen());
            int sent = (int) link.here().bytesWritten();
            assertEquals(sent, link.there().readExactly(sent).length);
            var peer = Call.of(() -> link.there().readExactly(1)).awaitIn("awaitReadable");
            assertFalse(peer.isDone());
        }
    }

    @Test
    void transferCancelledInTheMiddleBreaksTheOutput() throws Exception {
        if (medium == Medium.LOCK_STEP) return; // the channel takes no byte
        try (FileChannel large = largeFile()) {
            var sender = Call.of(() -> link.here().transferFrom(large, 0, large.size()));
            sender.awaitIn("awaitWritable").cancel();
            assertTrue(sender.wasCancelled());
            var e = assertThrows(IOException.class, () -> link.here().write("more"));
            assertTrue(e.getMessage().contains("cut"), e::toString);
        }
    }

    /** A sparse file, larger than all buffers between the two connections. */
    private FileChannel largeFile() throws IOException {
        Path path = directory.resolve("large");
        var large =
                FileChannel.open(
                        path,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE);
        large.write(ByteBuffer.allocate(1), medium.cloggingBytes());
        return large;
    }

    @Test
    void interruptBeforeTheCallLeavesTheFileOpen() {
        var sender =
                Call.of(() -> {
                    Thread.currentThread().interrupt();
                    return link.here().transferFrom(file, 0, 10);
                });
        sender.failure(InterruptedException.class);
        assertTrue(file.isOpen());
        assertEquals(0, link.here().bytesWritten());
    }

    @Test
    void faultOfTheFileIsThrownAndLeavesTheConnectionUsable() throws Exception {
        file.close();
        for (int count : new int[] {10, 200_000}) {
            var e =
                    assertThrows(
                            ClosedChannelException.class,
                            () -> link.here().transferFrom(file, 0, count));
            assertFalse(link.here().bytesWritten() > 0, e::toString);
        }
        Path path = directory.resolve("writable");
        try (var writable =
                FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            assertThrows(
                    NonReadableChannelException.class,
                    () -> link.here().transferFrom(writable, 0, 10));
        }
        var line = Call.of(link.there()::readLine);
        link.here().writeLine("usable");
        assertEquals("usable", line.result());
    }

    @Test
    void closeOfTheConnectionEndsTheTransfer() throws Exception {
        try (FileChannel large = largeFile()) {
            var sender = Call.of(() -> link.here().transferFrom(large, 0, large.size()));
            sender.awaitIn("awaitWritable");
            link.here().close();
            sender.failure(ConnectionClosedException.class);
            assertTrue(large.isOpen());
        }
    }

    @Test
    void argumentsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> link.here().transferFrom(file, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> link.here().transferFrom(file, 0, -1));
    }
}
