package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;

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
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A file ends where a read of it ends, regardless of its reported size. */
@ParameterizedClass
@EnumSource(Medium.class)
class SendOddFileTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    /** Smaller and larger than the buffer of a connection. */
    private static final List<Long> COUNTS = List.of(4_096L, 1_000_000L, Long.MAX_VALUE);

    @TempDir static Path directory;

    @Parameter Medium medium;

    private Link link;

    @BeforeEach
    void open() {
        link = medium.open();
    }

    @AfterEach
    void close() {
        link.close();
    }

    /** Sends the file once with each count, followed by a byte. */
    private void assertArrives(FileChannel file, byte[] content, List<Long> counts)
            throws Exception {
        for (long count : counts) {
            var sender =
                    Call.of(() -> {
                        long sent = link.here().transferFrom(file, 0, count);
                        link.here().write(";");
                        return sent;
                    });
            byte[] received = link.there().readExactly(content.length + 1);
            assertArrayEquals(content, Arrays.copyOf(received, content.length), "of " + count);
            assertEquals(';', received[content.length]);
            assertEquals(content.length, sender.result(), "of " + count);
        }
    }

    @Test
    void fileSmallerThanItsSizeIsSentToItsEnd() throws Exception {
        try (FileChannel file = lying(18, 4_096)) {
            assertArrives(file, content(18), COUNTS);
        }
        try (FileChannel file = lying(70_000, Long.MAX_VALUE)) {
            assertArrives(file, content(70_000), List.of(100_000L, Long.MAX_VALUE));
        }
    }

    @Test
    void fileWithSizeZeroIsSentToItsEnd() throws Exception {
        try (FileChannel file = lying(18, 0)) {
            assertArrives(file, content(18), COUNTS);
        }
        try (FileChannel file = lying(70_000, 0)) {
            assertArrives(file, content(70_000), List.of(100_000L, Long.MAX_VALUE));
        }
    }

    @Test
    void filesOfProcAreSent() throws Exception {
        for (String name :
                List.of("/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled")) {
            Path path = Path.of(name);
            assumeTrue(Files.isReadable(path), name);
            byte[] content = Files.readAllBytes(path);
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
                assertArrives(file, content, COUNTS);
            }
        }
    }

    @Test
    void fileTruncatedDuringTheTransferEndsIt() throws Exception {
        int length = medium == Medium.ONE_BYTE ? 80_000 : medium.cloggingBytes();
        Path path = Files.createTempFile(directory, "truncated", "");
        try (FileChannel file =
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(1), length - 1);
            var sender = Call.of(() -> link.here().transferFrom(file, 0, length));
            sender.awaitIn("awaitWritable");
            file.truncate(0);
            var received = Call.of(() -> link.there().readAll(length));
            long sent = sender.result();
            assertTrue(sent < length, "sent " + sent);
            link.here().shutdownOutput();
            assertEquals(sent, received.result().length);
        }
    }

    private static byte[] content(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static FileChannel lying(int length, long size) throws IOException {
        Path path = Files.createTempFile(directory, "file", "");
        Files.write(path, content(length));
        return new LyingFile(FileChannel.open(path, StandardOpenOption.READ), size);
    }
}
