package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;

/** A peer that is connected, but reads no requests or sends no answers. */
@ParameterizedClass
@EnumSource(names = {"TCP", "UNIX", "MEMORY"})
class PipelineTimeoutTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration ALMOST = LIMIT.minusMillis(1);

    @Parameter Medium medium;

    private final ManualClock clock = new ManualClock();

    @AutoClose private Link link;

    private Connection peer;
    private Pipeline<String> pipeline;

    @BeforeEach
    void open() {
        link = medium.open(clock);
        link.here().limits(Limits.NONE);
        peer = link.there().limits(Limits.NONE);
        pipeline = Pipeline.over(link.here(), PipelineTimeoutTest::readAnswer);
    }

    private static String readAnswer(Connection connection)
            throws IOException, InterruptedException {
        String line = connection.requireLine();
        return line.equals("push") ? null : line;
    }

    private CompletableFuture<String> sent(String request) throws Exception {
        var sending = Call.of(() -> pipeline.send(request + "\n"));
        assertEquals(request, peer.readLine());
        return sending.result();
    }

    private static void assertFailed(CompletableFuture<?> answer, String reason) {
        var failure = assertThrows(ExecutionException.class, answer::get).getCause();
        assertTrue(failure.getMessage().contains(reason), failure::toString);
    }

    private void assertEnded(Call<Boolean> running, Class<? extends IOException> type) {
        running.failure(type);
        assertFalse(link.here().isOpen());
        assertThrows(IOException.class, () -> pipeline.call("late\n"));
    }

    @Test
    void lateAnswerEndsTheConnection() throws Exception {
        var running = Call.running(pipeline.answerTimeout(LIMIT)::run).awaitIn("awaitReadable");
        var first = sent("1");
        var second = sent("2");
        clock.advance(ALMOST);
        assertFalse(first.isDone());
        clock.advance(Duration.ofMillis(1));
        assertFailed(first, "no answer within PT10S");
        assertFailed(second, "no answer within PT10S");
        assertEnded(running, SocketTimeoutException.class);
    }

    @Test
    void eachAnswerHasItsTimeAndPushesGiveNone() throws Exception {
        var running = Call.running(pipeline.answerTimeout(LIMIT)::run).awaitIn("awaitReadable");
        var first = sent("1");
        var second = sent("2");
        clock.advance(ALMOST);
        peer.writeLine("one");
        assertEquals("one", first.get());
        clock.advance(ALMOST);
        peer.write("two\n");
        assertEquals("two", second.get());
        clock.advance(LIMIT.multipliedBy(9)); // no request waits
        var third = sent("3");
        clock.advance(ALMOST);
        peer.writeLine("push");
        clock.advance(Duration.ofMillis(1));
        assertFailed(third, "no answer within PT10S");
        assertEnded(running, SocketTimeoutException.class);
    }

    @Test
    void timeOfARequestSentBeforeRunsFromTheStart() throws Exception {
        var early = sent("1");
        clock.advance(LIMIT);
        var running = Call.running(pipeline.answerTimeout(LIMIT)::run).awaitIn("awaitReadable");
        clock.advance(ALMOST);
        assertFalse(early.isDone());
        clock.advance(Duration.ofMillis(1));
        assertFailed(early, "no answer within PT10S");
        assertEnded(running, SocketTimeoutException.class);
    }

    @Test
    void answerThatStopsInTheMiddleIsLate() throws Exception {
        var running = Call.running(pipeline.answerTimeout(LIMIT)::run);
        var first = sent("1");
        peer.write("on");
        running.awaitIn("awaitReadable");
        clock.advance(LIMIT);
        assertFailed(first, "no answer within PT10S");
        assertEnded(running, SocketTimeoutException.class);
    }

    /** A small request is withdrawn, so nothing was cut; but the peer may never read again. */
    @Test
    void peerThatDoesNotReadLosesTheConnection() throws Exception {
        link.here().limits(Limits.NONE.withWriteTimeout(SECOND));
        var running = Call.running(pipeline::run);
        String filler = "x".repeat(Limits.NONE.bufferBytes() / 2);
        var sent = new ConcurrentLinkedQueue<CompletableFuture<String>>();
        var sender =
                Call.running(() -> {
                    while (true) sent.add(pipeline.send(filler + "\n"));
                });
        sender.awaitIn("awaitWritable");
        while (!sender.isDone()) clock.advance(SECOND);
        sender.failure(SocketTimeoutException.class);
        for (var answer : sent) assertFailed(answer, "writeTimeout PT1S");
        assertEnded(running, IOException.class);
    }

    /** The peer lacks a part of the bytes, so it may never answer again, nor end its input. */
    @Test
    void readingEndsSoonAfterAWriteHasFailed() throws Exception {
        var running = Call.running(pipeline::run).awaitIn("awaitReadable");
        var first = sent("1");
        var second = sent("2");
        byte[] large = new byte[medium.cloggingBytes()];
        var cut = Call.running(() -> link.here().write(large)).awaitIn("awaitWritable");
        peer.readExactly(1);
        assertTrue(cut.cutIn("awaitWritable"));
        assertThrows(IOException.class, () -> pipeline.call("3\n"));
        peer.writeLine("one");
        peer.flush();
        assertEquals("one", first.get());
        clock.advance(Duration.ofMillis(4_999));
        assertFalse(second.isDone());
        clock.advance(Duration.ofMillis(1));
        assertFailed(second, "was cut in the middle");
        assertEnded(running, IOException.class);
    }

    @Test
    void requestsSentBeforeACancelledRunFail() throws Exception {
        var early = sent("1");
        var running =
                Call.running(() -> {
                    Thread.currentThread().interrupt();
                    pipeline.run();
                });
        running.failure(InterruptedException.class);
        assertFailed(early, "the task that reads was cancelled");
        assertTrue(link.here().isOpen());
    }

    @Test
    void answerTimeoutMustBePositive() {
        assertThrows(IllegalArgumentException.class, () -> pipeline.answerTimeout(Duration.ZERO));
    }
}
