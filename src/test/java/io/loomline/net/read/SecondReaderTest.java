package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.IncompleteReadException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadPendingException;

/** One thread reads at a time; another one is refused and consumes nothing. */
class SecondReaderTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @ParameterizedTest
    @EnumSource(Medium.class)
    void secondReaderIsRefusedAtOnceAndTheFirstGetsItsLine(Medium medium) throws Exception {
        try (Link link = medium.open()) {
            Connection here = link.here();
            var first = Call.of(here::readLine).awaitIn("awaitReadable");
            var refusal = assertThrows(ReadPendingException.class, here::readLine);
            String message = "" + refusal.getMessage();
            assertTrue(message.matches("thread #\\d+ .* is reading from .*"), message);
            assertTrue(message.endsWith("" + here.remoteAddress()), message);
            assertThrows(ReadPendingException.class, () -> here.readExactly(1));
            assertThrows(ReadPendingException.class, () -> here.readExactly(0));
            assertThrows(ReadPendingException.class, () -> here.read(new byte[1], 0, 1));
            assertThrows(ReadPendingException.class, () -> here.read(ByteBuffer.allocate(1)));
            var peer = link.feed("for the first\nfor the next\n");
            assertEquals("for the first", first.result());
            assertEquals("for the next", here.readLine());
            peer.result();
        }
    }

    @Test
    void secondReaderLearnsTheNameOfTheReadingThread() throws Exception {
        try (Link link = Medium.MEMORY.open()) {
            Thread reader = Thread.ofVirtual().name("first").start(() -> readQuietly(link.here()));
            Eventually.waitsIn(reader, "awaitReadable");
            var refusal = assertThrows(ReadPendingException.class, link.here()::readLine);
            assertEquals(
                    "thread 'first' (#%d) is reading from %s"
                            .formatted(reader.threadId(), link.here().remoteAddress()),
                    refusal.getMessage());
            link.here().abort();
            reader.join();
        }
    }

    private static void readQuietly(Connection connection) {
        try {
            connection.readLine();
        } catch (IOException | InterruptedException e) {
            // aborted by the test
        }
    }

    @Test
    void nextReaderIsAdmittedAfterACancelledOrFailedRead() throws Exception {
        try (Link link = Medium.MEMORY.open()) {
            var first = Call.of(link.here()::readLine).awaitIn("awaitReadable");
            first.cancel();
            assertTrue(first.wasCancelled());
            var second = Call.of(() -> link.here().readExactly(9)).awaitIn("awaitReadable");
            link.feed("short");
            second.failure(IncompleteReadException.class);
            assertEquals(null, link.here().readLine());
        }
    }

    @Test
    void writesAreAdmittedDuringARead() throws Exception {
        try (Link link = Medium.MEMORY.open()) {
            var reader = Call.of(link.here()::readLine).awaitIn("awaitReadable");
            link.here().writeLine("to the peer");
            link.here().flush();
            assertEquals("to the peer", link.there().readLine());
            link.there().writeLine("to us");
            assertEquals("to us", reader.result());
        }
    }
}
