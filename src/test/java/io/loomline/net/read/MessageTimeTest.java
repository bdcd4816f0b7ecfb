package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.FrameFormat.Length;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** The line timeout bounds one whole message of each kind. */
@ParameterizedClass
@EnumSource
class MessageTimeTest {
    private static final Duration LIMIT = Duration.ofSeconds(8);
    private static final Duration STEP = Duration.ofSeconds(3);
    private static final Duration MOMENT = Duration.ofNanos(1);

    /** A kind of message; each has four bytes. */
    enum Kind {
        LINE("abc\n"),
        FRAME("\u0003abc"),
        LONG_LENGTH("\u0082\u0000ab"), // a varint that takes two bytes
        DELIMITED("ab;;"),
        HEADED("h\u0002ab"), // a frame with a header
        EXACTLY("abcd"),
        PEEKED("abcd");

        private static final FrameFormat FRAMES = FrameFormat.DEFAULT.withLength(Length.ONE_BYTE);

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        byte[] bytes() {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }

        String read(Connection connection) throws IOException, InterruptedException {
            byte[] read =
                    switch (this) {
                        case LINE -> connection.readLine().getBytes(StandardCharsets.US_ASCII);
                        case FRAME -> connection.readFrame(FRAMES);
                        case LONG_LENGTH -> connection.readFrame(FRAMES.withLength(Length.VARINT));
                        case HEADED -> connection.readFrame(FRAMES.withHeaderBytes(1));
                        case EXACTLY -> connection.readExactly(4);
                        case PEEKED -> {
                            connection.peek(4);
                            yield connection.readExactly(4);
                        }
                        case DELIMITED -> connection.readUntil(new byte[] {';', ';'});
                    };
            return new String(read, StandardCharsets.US_ASCII);
        }
    }

    @Parameter Kind kind;

    private final ManualClock clock = new ManualClock();
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection =
            Connection.over(channel, clock).limits(Limits.NONE.withLineTimeout(LIMIT));

    @AfterEach
    void leavesNoTimerBehind() {
        connection.abort();
        assertEquals(0, clock.timers());
    }

    private Call<String> read() throws InterruptedException {
        return Call.of(() -> kind.read(connection)).awaitIn("awaitReadable");
    }

    @Test
    void singleBytesDoNotExtendTheTimeout() throws Exception {
        var call = read();
        clock.advance(LIMIT.multipliedBy(10)); // no message has begun
        feedAndAwait(0);
        clock.advance(STEP);
        feedAndAwait(1);
        clock.advance(STEP);
        feedAndAwait(2);
        requireExpiryAfter(LIMIT.minus(STEP.multipliedBy(2)), call);
    }

    @Test
    void retriedReadDoesNotExtendTheTimeout() throws Exception {
        feed(0);
        var first = read();
        clock.advance(STEP);
        first.cancel();
        assertTrue(first.wasCancelled());
        requireExpiryAfter(LIMIT.minus(STEP), read());
    }

    @Test
    void messageThatTimedOutCanStillBeRead() throws Exception {
        feed(0);
        requireExpiryAfter(LIMIT, read());
        for (int i = 1; i < kind.bytes().length; i++) feed(i);
        String whole = kind.read(connection);
        channel.feed(kind.bytes());
        assertEquals(whole, kind.read(connection));
    }

    @Test
    void eachMessageHasTheFullTimeout() throws Exception {
        for (int i = 0; i < 3; i++) {
            feed(0);
            var call = read();
            clock.advance(LIMIT.minus(MOMENT));
            for (int k = 1; k < kind.bytes().length; k++) feed(k);
            call.result();
        }
    }

    private void requireExpiryAfter(Duration left, Call<?> call) throws Exception {
        clock.advance(left.minus(MOMENT));
        assertFalse(call.isDone());
        clock.advance(MOMENT);
        var e = call.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains("lineTimeout PT8S"), e::toString);
        assertTrue(connection.isOpen());
    }

    private void feed(int index) {
        channel.feed(new byte[] {kind.bytes()[index]});
    }

    /** Feeds a byte, and returns when the reader has taken it and waits again. */
    private void feedAndAwait(int index) throws Exception {
        var waits = new CountDownLatch(1);
        channel.beforeWait(waits::countDown);
        feed(index);
        waits.await();
        channel.beforeWait(() -> {});
    }
}
