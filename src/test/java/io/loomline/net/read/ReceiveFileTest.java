package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
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

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadPendingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;

/** Transfers into a file: however one is cut, each byte is in the file or unread. */
@ParameterizedClass
@EnumSource(Medium.class)
class ReceiveFileTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @TempDir static Path directory;

    @Parameter Medium medium;

    private Link link;
    private Path path;
    private FileChannel file;

    @BeforeEach
    void open() throws IOException {
        link = medium.open();
        path = Files.createTempFile(directory, "received", ".bytes");
        file = FileChannel.open(path, StandardOpenOption.WRITE);
    }

    @AfterEach
    void close() throws IOException {
        link.close();
        file.close();
    }

    private byte[] someBytes() {
        byte[] bytes = new byte[medium == Medium.ONE_BYTE ? 5_000 : 1_000_000];
        new Random(5).nextBytes(bytes);
        return bytes;
    }

    @Test
    void allInputUpToTheEndIsWrittenToTheFile() throws Exception {
        byte[] sent = someBytes();
        var peer = link.feed(sent, 7_777);
        assertEquals(sent.length, link.here().transferTo(file, 0, Long.MAX_VALUE));
        assertArrayEquals(sent, Files.readAllBytes(path));
        assertEquals(sent.length, link.here().bytesRead());
        assertEquals(0, link.here().transferTo(file, 0, 10));
        peer.result();
    }

    @Test
    void inputBeyondTheLimitStaysUnread() throws Exception {
        link.feed("head\nbody12345tail\n");
        assertEquals("head", link.here().readLine());
        assertEquals(9, link.here().transferTo(file, 3, 9));
        assertEquals("tail", link.here().readLine());
        assertEquals("\0\0\0body12345", Files.readString(path));
        assertEquals(0, file.position());
    }

    @Test
    void transferOfZeroBytesDoesNotWait() throws Exception {
        assertEquals(0, link.here().transferTo(file, 0, 0));
    }

    @Test
    void cancelLosesNoByteAndLeavesTheFileOpen() throws Exception {
        byte[] sent = someBytes();
        var receiver = Call.of(() -> link.here().transferTo(file, 0, Long.MAX_VALUE));
        receiver.awaitIn("awaitReadable");
        var peer = Call.running(() -> link.there().write(sent));
        Eventually.holds(() -> link.here().bytesRead() > 0);
        receiver.cancel();
        assertTrue(receiver.wasCancelled());
        assertTrue(file.isOpen());
        int inFile = (int) link.here().bytesRead();
        assertArrayEquals(Arrays.copyOf(sent, inFile), Files.readAllBytes(path));
        byte[] rest = link.here().readExactly(sent.length - inFile);
        assertArrayEquals(Arrays.copyOfRange(sent, inFile, sent.length), rest);
        peer.result();
    }

    @Test
    void faultOfTheFileLosesNoByte() throws Exception {
        link.feed("line\n");
        file.close();
        assertThrows(ClosedChannelException.class, () -> link.here().transferTo(file, 0, 100));
        assertEquals(0, link.here().bytesRead());
        try (var readable = FileChannel.open(path, StandardOpenOption.READ)) {
            assertThrows(
                    NonWritableChannelException.class,
                    () -> link.here().transferTo(readable, 0, 100));
        }
        assertEquals("line", link.here().readLine());
    }

    @Test
    void secondReaderIsRefusedDuringATransfer() throws Exception {
        var receiver = Call.of(() -> link.here().transferTo(file, 0, 100));
        receiver.awaitIn("awaitReadable");
        assertThrows(ReadPendingException.class, () -> link.here().readLine());
        link.here().close();
        receiver.failure(ConnectionClosedException.class);
    }

    @Test
    void argumentsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> link.here().transferTo(file, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> link.here().transferTo(file, 0, -1));
    }
}
