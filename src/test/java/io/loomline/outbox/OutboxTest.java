package io.loomline.outbox;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.outbox.OutboxOptions.WhenFull;
import io.loomline.probe.Call;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Messages reach the peer whole and in their order, over each medium. */
@ParameterizedClass
@EnumSource
class OutboxTest extends LinkFixture {
    private static final byte[] MESSAGE = {1, 2, 3};

    @Test
    void messagesArriveInTheOrderOfTheirOffers() throws Exception {
        try (var outbox = Outbox.of(here)) {
            for (int i = 0; i < 100; i++) assertTrue(outbox.offerLine("line " + i));
            for (int i = 0; i < 100; i++) assertEquals("line " + i, link.there().readLine());
        }
    }

    @Test
    void eachKindOfMessageArrives() throws Exception {
        here.lineFormat(LineFormat.DEFAULT.withEnding(Ending.CRLF));
        try (var outbox = Outbox.of(here)) {
            var buffer = ByteBuffer.wrap(MESSAGE);
            assertTrue(outbox.offer(MESSAGE));
            assertTrue(outbox.send(buffer));
            assertFalse(buffer.hasRemaining());
            assertTrue(outbox.offer("text"));
            assertTrue(outbox.send("gr\u00fcn"));
            assertTrue(outbox.offerLine("line"));
            assertTrue(outbox.sendLine("end"));
            assertTrue(outbox.offer(new byte[0]));
            assertArrayEquals(new byte[] {1, 2, 3, 1, 2, 3}, link.there().readExactly(6));
            String text = "textgr\u00fcnline\r\nend\r\n";
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            assertArrayEquals(bytes, link.there().readExactly(bytes.length));
        }
    }

    @Test
    void messageIsCopied() throws Exception {
        try (var outbox = Outbox.of(here)) {
            byte[] message = new byte[5_000];
            outbox.offer(message);
            message[4_999] = 1;
            assertArrayEquals(new byte[5_000], link.there().readExactly(5_000));
        }
    }

    @Test
    void textThatCannotBeEncodedIsRejected() throws Exception {
        here.lineFormat(LineFormat.DEFAULT.withCharset(StandardCharsets.US_ASCII));
        try (var outbox = Outbox.of(here)) {
            assertThrows(CharacterCodingException.class, () -> outbox.offer("gr\u00fcn"));
            assertThrows(IllegalArgumentException.class, () -> outbox.sendLine("two\nlines"));
            assertEquals(0, outbox.queuedBytes());
        }
    }

    @Test
    void messagesStayWholeBesideDirectWrites() throws Exception {
        List<Call<Boolean>> writers = new ArrayList<>();
        try (var outbox = Outbox.of(here)) {
            for (char letter : new char[] {'a', 'b', 'c', 'd'}) {
                String line = ("" + letter).repeat(medium.cloggingBytes() > 1 << 20 ? 900 : 90);
                boolean direct = letter > 'b';
                writers.add(
                        Call.running(() -> {
                            for (int i = 0; i < 20; i++) {
                                if (direct) here.writeLine(line);
                                else outbox.sendLine(line);
                            }
                        }));
            }
            for (int i = 0; i < 80; i++) {
                assertEquals(1, link.there().readLine().chars().distinct().count());
            }
            for (Call<Boolean> each : writers) each.result();
        }
    }

    @Test
    void floodThroughASmallQueueLosesNothing() throws Exception {
        int count = medium.cloggingBytes() > 1 << 20 ? 5_000 : 300;
        var options = OutboxOptions.DEFAULT.withMaxBytes(1_000);
        try (var outbox = Outbox.of(here, options)) {
            var sender =
                    Call.running(() -> {
                        for (int i = 0; i < count; i++) assertTrue(outbox.sendLine("line " + i));
                    });
            for (int i = 0; i < count; i++) assertEquals("line " + i, link.there().readLine());
            sender.result();
            assertEquals(0, outbox.droppedCount());
        }
    }

    @Test
    void closeSendsWhatIsQueuedAndLeavesTheConnectionOpen() throws Exception {
        var reader = Call.of(() -> link.there().readAll(1_000_000));
        try (var outbox = Outbox.of(here)) {
            outbox.offer(new byte[5_000]);
        }
        here.write(new byte[5]);
        here.close();
        assertEquals(5_005, reader.result().length);
    }

    @Test
    void flushReturnsWhenTheKernelHasEverything() throws Exception {
        try (var outbox = Outbox.of(here)) {
            outbox.flush();
            var reader = Call.of(() -> link.there().readExactly(10_000));
            outbox.offer(new byte[10_000]);
            outbox.flush();
            assertEquals(10_000, here.bytesWritten());
            reader.awaitEnd();
        }
    }

    @Test
    void peerThatNeverReadsIsCutByThePolicy() throws Exception {
        var options = OutboxOptions.DEFAULT.withWhenFull(WhenFull.CUT);
        var reader = Call.of(here::readLine);
        try (var outbox = Outbox.of(here, options)) {
            int offers = 0;
            while (outbox.offer(new byte[100_000])) offers++;
            assertTrue(offers >= 10, "" + offers);
            assertFalse(here.isOpen());
            reader.failure(IOException.class);
            assertThrows(IOException.class, outbox::flush);
        }
    }

    @Test
    void sendToAPeerThatNeverReadsEndsAfterTheMaximumTime() throws Exception {
        var options = OutboxOptions.DEFAULT.withMaxWait(Duration.ofMillis(20));
        try (var outbox = Outbox.of(here, options)) {
            while (outbox.send(new byte[500_000])) {}
            assertFalse(here.isOpen());
            assertEquals(0, outbox.queuedBytes());
        }
    }

    @Test
    void closedConnectionTakesNoMessage() throws Exception {
        try (var outbox = Outbox.of(here)) {
            here.close();
            assertFalse(outbox.offer(MESSAGE));
            assertFalse(outbox.send(MESSAGE));
            assertNull(link.there().readLine());
        }
    }

    @Test
    void lostConnectionTakesNoMessage() throws Exception {
        try (var outbox = Outbox.of(here)) {
            link.there().abort();
            while (outbox.send(MESSAGE)) {}
            assertThrows(IOException.class, outbox::flush);
        }
    }
}
