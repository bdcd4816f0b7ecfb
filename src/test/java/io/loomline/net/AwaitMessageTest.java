package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;
import io.loomline.stream.MessageTooLongException;
import io.loomline.task.TaskBody;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.SocketTimeoutException;
import java.nio.channels.ReadPendingException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The wait between two messages, and the notice of a drain. */
@ParameterizedClass
@EnumSource(Medium.class)
class AwaitMessageTest extends LinkFixture {
    private final ManualClock clock = new ManualClock();
    private final List<String> events = new CopyOnWriteArrayList<>();

    @Override
    protected Link connect() {
        return medium.open(clock);
    }

    private Call<Boolean> waiting() throws Exception {
        return Call.of(here::awaitMessage).awaitIn("awaitReadable");
    }

    private boolean drain() {
        return Connections.beginDraining(here, this::runNow);
    }

    private void runNow(TaskBody notice) {
        try {
            notice.run();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void byteEndsTheWaitAndStaysUnread() throws Exception {
        var waiting = waiting();
        var sending = link.feed("hello\n");
        assertTrue(waiting.result());
        assertTrue(Call.of(here::awaitMessage).result());
        assertEquals("hello", here.readLine());
        sending.result();
        assertFalse(here.awaitMessage());
    }

    @Test
    void endOfTheInputEndsTheWait() throws Exception {
        var waiting = waiting();
        link.there().shutdownOutput();
        assertFalse(waiting.result());
        assertFalse(here.awaitMessage());
        assertFalse(here.isDraining());
    }

    @Test
    void drainEndsTheWait() throws Exception {
        var waiting = waiting();
        assertTrue(drain());
        assertFalse(waiting.result());
        assertFalse(here.awaitMessage());
        assertTrue(here.isDraining());
        assertFalse(drain());
    }

    @Test
    void byteThatHasArrivedBeforeTheDrainCounts() throws Exception {
        assumeTrue(medium != Medium.LOCK_STEP, "no byte arrives before it is waited for");
        var sending = Call.running(() -> link.there().write("hello\n"));
        if (medium == Medium.ONE_BYTE) sending.awaitIn("awaitWritable");
        else sending.result();
        drain();
        assertTrue(here.awaitMessage());
        assertEquals("hello", here.readLine());
        assertFalse(here.awaitMessage());
    }

    @Test
    void drainDoesNotCutAMessage() throws Exception {
        var reading =
                Call.of(() -> {
                    assertTrue(here.awaitMessage());
                    return here.readLine();
                });
        Call.running(() -> link.there().write("hal")).result();
        reading.awaitIn("readLine");
        drain();
        assertFalse(reading.isDone());
        Call.running(() -> link.there().write("f\n")).result();
        assertEquals("half", reading.result());
    }

    @Test
    void refusedLineIsSkippedFirst() throws Exception {
        here.lineFormat(LineFormat.DEFAULT.withMaxBytes(3));
        var reading = Call.of(here::readLine);
        var sending = Call.running(() -> link.there().write("too long"));
        reading.failure(LineTooLongException.class);
        var waiting = waiting();
        sending.result();
        sending = Call.running(() -> link.there().write(" indeed\nabc\n"));
        assertTrue(waiting.result());
        assertEquals("abc", here.readLine());
        sending.result();
    }

    @Test
    void drainEndsTheWaitForTheRestOfARefusedLine() throws Exception {
        here.lineFormat(LineFormat.DEFAULT.withMaxBytes(3));
        var reading = Call.of(here::readLine);
        var sending = Call.running(() -> link.there().write("too long"));
        reading.failure(LineTooLongException.class);
        var waiting = waiting();
        sending.result();
        drain();
        assertFalse(waiting.result());
        sending = Call.running(() -> link.there().write(" indeed\nabc\n"));
        assertEquals("abc", here.readLine());
        sending.result();
    }

    @Test
    void secondHalfOfATerminatorIsNoMessage() throws Exception {
        here.lineFormat(LineFormat.DEFAULT.withEnding(LineFormat.Ending.ANY));
        var line = Call.of(here::readLine);
        Call.running(() -> link.there().write("one\r")).result();
        assertEquals("one", line.result());
        var waiting = waiting();
        Call.running(() -> link.there().write("\n")).result();
        waiting.awaitIn("awaitReadable");
        drain();
        assertFalse(waiting.result());
    }

    @Test
    void answersLeaveBeforeTheWait() throws Exception {
        var sending = Call.running(() -> link.there().write("1\n2\n"));
        var serving =
                Call.running(() -> {
                    while (here.awaitMessage()) here.writeLine("answer " + here.readLine());
                });
        var answers = Call.of(() -> link.there().readLine() + ", " + link.there().readLine());
        sending.result();
        assertEquals("answer 1, answer 2", answers.result()); // no time passes on the clock
        drain();
        serving.result();
    }

    @Test
    void idleTimeoutApplies() throws Exception {
        here.limits(Limits.NONE.withIdleTimeout(Duration.ofSeconds(10)));
        var waiting = waiting();
        clock.awaitTimers(1);
        clock.advance(Duration.ofSeconds(10));
        waiting.failure(SocketTimeoutException.class);
    }

    @Test
    void lineTimeoutDoesNotApplyBeforeTheFirstByte() throws Exception {
        here.limits(Limits.NONE.withLineTimeout(Duration.ofSeconds(10)));
        var waiting = waiting();
        clock.advance(Duration.ofMinutes(1));
        var sending = link.feed("a\n");
        assertTrue(waiting.result());
        assertEquals("a", here.readLine());
        sending.result();
    }

    @Test
    void cancelledWaitLosesNoByte() throws Exception {
        assertTrue(Call.of(here::awaitMessage).cutIn("awaitMessage"));
        var sending = link.feed("hello\n");
        assertEquals("hello", Call.of(here::readLine).result());
        sending.result();
    }

    @Test
    void messageBeyondTheBudgetIsRefused() throws Exception {
        var sending = link.feed("ab");
        var _ = here.budget(Limits.NO_LIMIT, 1);
        assertTrue(here.awaitMessage());
        assertEquals(1, here.read(10).length);
        assertThrows(MessageTooLongException.class, here::awaitMessage);
        sending.result();
    }

    @Test
    void secondReaderIsRefused() throws Exception {
        var waiting = waiting();
        assertThrows(ReadPendingException.class, here::awaitMessage);
        drain();
        assertFalse(waiting.result());
    }

    @Test
    void noticeRunsOnceWhenTheDrainBegins() {
        here.onDrain(() -> events.add("replaced"));
        here.onDrain(() -> events.add("notice"));
        assertEquals(List.of(), events);
        drain();
        drain();
        assertEquals(List.of("notice"), events);
    }

    @Test
    void noticeRunsAtOnceInADrain() {
        drain();
        here.onDrain(() -> events.add("late"));
        assertEquals(List.of("late"), events);
    }
}
