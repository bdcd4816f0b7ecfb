package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ReadPendingException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** Code that does not read ends when its peer has ended. */
@ParameterizedClass
@EnumSource(Medium.class)
class UntilPeerEndsTest extends LinkFixture {
    private final ManualClock clock = new ManualClock();
    private final BlockingQueue<String> events = new ArrayBlockingQueue<>(10);

    @Override
    protected Link connect() {
        return medium.open(clock);
    }

    private Call<Boolean> pushing() {
        return Call.of(() -> here.untilPeerEnds(this::push));
    }

    private void push() throws IOException, InterruptedException {
        while (true) here.writeLine(events.take());
    }

    @Test
    void endOfThePeerCancelsTheCode() throws Exception {
        var pushing = pushing().awaitIn("take");
        var line = Call.of(link.there()::readLine);
        events.add("event");
        assertEquals("event", line.result());
        link.there().shutdownOutput();
        assertTrue(pushing.result());
        assertEquals(null, here.readLine());
        var farewell = Call.of(link.there()::readLine);
        here.writeLine("bye");
        assertEquals("bye", farewell.result());
    }

    @Test
    void codeThatReturnsEndsTheWatch() throws Exception {
        assertFalse(Call.of(() -> here.untilPeerEnds(() -> {})).result());
        var line = Call.of(here::readLine);
        link.there().writeLine("later");
        assertEquals("later", line.result());
    }

    @Test
    void inputBeforeTheEndStaysUnread() throws Exception {
        var pushing = pushing().awaitIn("take");
        link.there().writeLine("ping");
        link.there().writeLine("pong");
        link.there().shutdownOutput();
        assertTrue(pushing.result());
        assertEquals("ping", here.readLine());
        assertEquals("pong", here.readLine());
        assertEquals(null, here.readLine());
    }

    @Test
    void worksOnAThreadOutsideATask() throws Exception {
        var thread =
                new Thread(() -> {
                    try {
                        here.untilPeerEnds(this::push);
                        events.add("ended");
                    } catch (IOException | InterruptedException e) {
                        events.add(e.toString());
                    }
                });
        thread.start();
        link.there().shutdownOutput();
        thread.join();
        assertEquals("ended", events.take());
    }

    @Test
    void resetOfThePeerIsThrown() throws Exception {
        var pushing = pushing().awaitIn("take");
        link.there().abort();
        if (medium.tellsOfAnAbort()) assertThrows(IOException.class, pushing::result);
        else pushing.awaitEnd();
    }

    @Test
    void closeOnThisSideIsThrown() throws Exception {
        var pushing = pushing().awaitIn("take");
        here.close();
        assertThrows(ConnectionClosedException.class, pushing::result);
    }

    @Test
    void cancelLeavesTheConnectionUsable() throws Exception {
        assertTrue(pushing().cutIn("take"));
        var line = Call.of(here::readLine);
        link.there().writeLine("later");
        assertEquals("later", line.result());
    }

    @Test
    void failureOfTheCodeIsThrown() throws Exception {
        var failure = new IllegalStateException("of the code");
        var call =
                Call.of(() ->
                        here.untilPeerEnds(() -> {
                            throw failure;
                        }));
        assertSame(failure, call.failure(IllegalStateException.class));
    }

    @Test
    void idleTimeoutCancelsTheCode() throws Exception {
        here.limits(here.limits().withIdleTimeout(Duration.ofSeconds(10)));
        var pushing = pushing().awaitIn("take");
        while (!pushing.isDone()) clock.advance(Duration.ofSeconds(1));
        assertThrows(SocketTimeoutException.class, pushing::result);
        var line = Call.of(here::readLine);
        link.there().writeLine("later");
        assertEquals("later", line.result());
    }

    @Test
    void codeMayNotRead() throws Exception {
        var reading = Call.of(() -> here.untilPeerEnds(here::readLine));
        assertThrows(ReadPendingException.class, reading::result);
        var line = Call.of(here::readLine);
        link.there().writeLine("later");
        assertEquals("later", line.result());
    }

    @Test
    void onlyOneThreadMayWatch() throws Exception {
        var pushing = pushing().awaitIn("take");
        Call<Boolean> second = Call.of(() -> here.untilPeerEnds(this::push));
        assertThrows(ReadPendingException.class, second::result);
        link.there().shutdownOutput();
        assertTrue(pushing.result());
    }

    @Test
    void peerThatSendsMoreThanTheBufferIsHeldBack() throws Exception {
        if (medium == Medium.ONE_BYTE || medium == Medium.LOCK_STEP) return; // would take long
        var pushing = pushing().awaitIn("take");
        var flooding = Call.running(() -> link.there().write(new byte[medium.cloggingBytes()]));
        flooding.awaitIn("awaitWritable");
        assertFalse(pushing.isDone());
        assertTrue(pushing.cutIn("take"));
        assertEquals(medium.cloggingBytes(), here.readExactly(medium.cloggingBytes()).length);
        flooding.result();
    }

    @Test
    void closeEndsTheCodeAlsoWhenThePeerIsHeldBack() throws Exception {
        here.limits(here.limits().withBufferBytes(1));
        var pushing = pushing().awaitIn("take");
        var flooding = Call.running(() -> link.there().write(new byte[10]));
        Eventually.holds(() -> Connections.activityOf(here).received() == 1);
        Eventually.holds(() -> Connections.activityOf(here).isWaiting());
        here.abort();
        assertThrows(ConnectionClosedException.class, pushing::result);
        flooding.awaitEnd();
    }

    @Test
    void idleTimeoutEndsTheCodeAlsoWhenThePeerIsHeldBack() throws Exception {
        here.limits(here.limits().withBufferBytes(1).withIdleTimeout(Duration.ofSeconds(10)));
        link.there().limits(Limits.NONE); // the clock may go far before the code has ended
        var pushing = pushing().awaitIn("take");
        var flooding = Call.running(() -> link.there().write(new byte[3]));
        Eventually.holds(() -> Connections.activityOf(here).received() == 1);
        while (!pushing.isDone()) clock.advance(Duration.ofSeconds(1));
        assertThrows(SocketTimeoutException.class, pushing::result);
        assertEquals(3, here.readExactly(3).length);
        flooding.result();
    }

    @Test
    void codeStartsBeforeTheRestOfARejectedLineHasArrived() throws Exception {
        here.lineFormat(LineFormat.DEFAULT.withMaxBytes(1));
        var sending = Call.running(() -> link.there().write("abc"));
        Call.of(here::readLine).failure(LineTooLongException.class);
        assertFalse(Call.of(() -> here.untilPeerEnds(() -> {})).result());
        sending.result();
        var line = Call.of(here::readLine);
        link.there().write("d\ne\n");
        assertEquals("e", line.result());
    }
}
