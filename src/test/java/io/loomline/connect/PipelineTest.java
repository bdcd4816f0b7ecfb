package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.task.Deadline;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Requests of many tasks over one connection, whose answers come in order. */
@ParameterizedClass
@EnumSource(Medium.class)
class PipelineTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    @AutoClose private Link link;

    private Connection peer;
    private Pipeline<String> pipeline;
    private Call<Boolean> running;

    @BeforeEach
    void open() {
        link = medium.open();
        var limits =
                Limits.DEFAULT.withBufferBytes(bufferBytes()).withWriteTimeout(Limits.NO_LIMIT);
        link.here().limits(limits);
        link.there().limits(limits);
        peer = link.there();
        pipeline = Pipeline.over(link.here(), PipelineTest::readAnswer);
        running = Call.running(pipeline::run);
    }

    /** A line that begins with "push" is no answer. */
    private static String readAnswer(Connection connection)
            throws IOException, InterruptedException {
        String line = connection.readLine();
        return line.startsWith("push") ? null : line;
    }

    private Call<String> call(String request) {
        return Call.of(() -> pipeline.call(request + "\n"));
    }

    /** Sends a request and returns once the peer has it. */
    private CompletableFuture<String> sent(String request) throws Exception {
        var sending = Call.of(() -> pipeline.send(request + "\n"));
        assertEquals(request, peer.readLine());
        return sending.result();
    }

    private void answer(String line) throws Exception {
        peer.writeLine(line);
    }

    /** Small where each byte takes long. */
    private int bufferBytes() {
        return switch (medium) {
            case TCP, UNIX, MEMORY, LOCK_STEP -> 64 * 1024;
            case ONE_BYTE -> 128;
        };
    }

    private int cloggingBytes() {
        return medium.cloggingBytes() / (64 * 1024) * bufferBytes();
    }

    /** A request that fills every buffer on the way, so that its writer waits. */
    private Call<CompletableFuture<String>> clog() throws InterruptedException {
        var large =
                ByteBuffer.wrap(
                        "x"
                                .repeat(cloggingBytes() - 1)
                                .concat("\n")
                                .getBytes(StandardCharsets.UTF_8));
        return Call.of(() -> pipeline.send(large)).awaitIn("awaitWritable");
    }

    private void readClog() throws Exception {
        peer.readExactly(cloggingBytes());
    }

    @Test
    void answersReachTheirCallers() throws Exception {
        var echo =
                Call.running(() -> {
                    for (String line; (line = peer.readLine()) != null; ) answer("re: " + line);
                });
        List<Call<Boolean>> callers = new ArrayList<>();
        for (int caller = 0; caller < 8; caller++) {
            String name = "caller " + caller + " request ";
            callers.add(
                    Call.running(() -> {
                        for (int i = 0; i < 20; i++) {
                            assertEquals("re: " + name + i, pipeline.call(name + i + "\n"));
                        }
                    }));
        }
        for (var caller : callers) caller.result();
        link.here().shutdownOutput();
        echo.result();
        peer.close();
        running.result();
    }

    @Test
    void whatIsNoAnswerCompletesNoRequest() throws Exception {
        var first = sent("one");
        var second = sent("two");
        answer("push 1");
        answer("1");
        answer("push 2");
        answer("2");
        answer("push 3");
        assertEquals("1", first.get());
        assertEquals("2", second.get());
    }

    @Test
    void bytesAndTextAreRequestsToo() throws Exception {
        var first = Call.of(() -> pipeline.call("é\n".getBytes(StandardCharsets.UTF_8)));
        assertEquals("é", peer.readLine());
        var second = Call.of(() -> pipeline.call("ü\n"));
        assertEquals("ü", peer.readLine());
        var third = Call.of(() -> pipeline.send("ß\n".getBytes(StandardCharsets.UTF_8)));
        assertEquals("ß", peer.readLine());
        for (int i = 1; i <= 3; i++) answer("" + i);
        assertEquals("1", first.result());
        assertEquals("2", second.result());
        assertEquals("3", third.result().get());
    }

    @Test
    void cancelledCallerLeavesTheOthersInStep() throws Exception {
        var first = sent("one");
        var cancelled = call("two");
        assertEquals("two", peer.readLine());
        var third = sent("three");
        cancelled.awaitIn("call").cancel();
        assertTrue(cancelled.wasCancelled());
        for (int i = 1; i <= 3; i++) answer("" + i);
        assertEquals("1", first.get());
        assertEquals("3", third.get());
    }

    @Test
    void callerThatTimesOutLeavesTheOthersInStep() throws Exception {
        var late =
                Call.of(() ->
                        Deadline.after(Duration.ofMillis(5)).call(() -> pipeline.call("1\n")));
        assertEquals("1", peer.readLine());
        late.failure(TimeoutException.class);
        var second = sent("2");
        answer("1");
        answer("2");
        assertEquals("2", second.get());
    }

    @Test
    void cancelledCallerThatWaitsForAnotherWritesNothing() throws Exception {
        var clog = clog();
        var waiting = call("never sent");
        assertTrue(waiting.cutIn("cork"));
        readClog();
        answer("clog");
        assertEquals("clog", clog.result().get());
        assertEquals("1", sentAndAnswered("1"));
    }

    private String sentAndAnswered(String request) throws Exception {
        var answer = sent(request);
        answer(request);
        return answer.get();
    }

    @Test
    void cancelledCallerThatWaitsForRoomWritesNothing() throws Exception {
        pipeline.limit(2);
        var first = sent("1");
        var second = sent("2");
        var waiting = call("never sent");
        assertTrue(waiting.cutIn("take"));
        answer("1");
        answer("2");
        assertEquals("1", first.get());
        assertEquals("2", second.get());
        assertEquals("3", sentAndAnswered("3"));
    }

    @Test
    void callersBeyondTheLimitWaitForAnAnswer() throws Exception {
        pipeline.limit(1);
        var first = sent("1");
        var second = call("2").awaitIn("take");
        answer("1");
        assertEquals("2", peer.readLine());
        answer("2");
        assertEquals("1", first.get());
        assertEquals("2", second.result());
    }

    @Test
    void abandonedRequestsCountUntilTheirAnswerComes() throws Exception {
        pipeline.limit(1);
        sent("1").cancel(true);
        var second = call("2").awaitIn("take");
        answer("1");
        assertEquals("2", peer.readLine());
        answer("2");
        assertEquals("2", second.result());
    }

    @Test
    void smallRequestThatIsCutOnAFullConnectionIsWithdrawn() throws Exception {
        String filler = "x".repeat(bufferBytes() / 2);
        var sent = new ConcurrentLinkedQueue<CompletableFuture<String>>();
        var sender =
                Call.running(() -> {
                    while (true) sent.add(pipeline.send(sent.size() + filler + "\n"));
                });
        assertTrue(sender.cutIn("awaitWritable"));
        int number = 0;
        for (CompletableFuture<String> answer : sent) {
            assertEquals(number + filler, peer.readLine());
            answer("" + number);
            assertEquals("" + number, answer.get());
            number++;
        }
        assertEquals("next", sentAndAnswered("next"));
    }

    @Test
    void requestCutInTheMiddleEndsTheConnection() throws Exception {
        var first = sent("1");
        var clog = clog();
        peer.readExactly(1); // without a buffer, nothing was written before
        assertTrue(clog.cutIn("awaitWritable"));
        var failure = assertThrows(ExecutionException.class, first::get).getCause();
        assertTrue(
                failure.getMessage().contains("a request was cut in the middle"),
                failure::toString);
        assertInstanceOf(IOException.class, failure);
        var later = assertThrows(IOException.class, () -> pipeline.call("2\n"));
        assertTrue(later.getMessage().contains("a request was cut in the middle"), later::toString);
        running.failure(IOException.class);
        assertFalse(link.here().isOpen());
    }

    @Test
    void lossFailsAllWhoWaitAndAllWhoCome() throws Exception {
        var first = call("1");
        peer.readLine();
        var second = sent("2");
        peer.abort();
        String named = "the connection to " + link.here().remoteAddress();
        for (Throwable failure :
                List.of(
                        first.failure(IOException.class),
                        assertThrows(ExecutionException.class, second::get).getCause())) {
            assertTrue(failure.getMessage().startsWith(named + " ended before"), failure::toString);
            assertInstanceOf(IOException.class, failure.getCause());
        }
        running.awaitEnd();
        var later = assertThrows(IOException.class, () -> pipeline.call("3\n"));
        assertTrue(later.getMessage().startsWith(named + " has ended: "), later::toString);
    }

    @Test
    void endOfTheInputEndsTheRunAndFailsWhoWaits() throws Exception {
        var first = sent("1");
        var second = sent("2");
        answer("1");
        peer.shutdownOutput();
        assertEquals("1", first.get());
        var failure = assertThrows(ExecutionException.class, second::get).getCause();
        assertInstanceOf(EOFException.class, failure.getCause());
        running.result();
        assertThrows(IOException.class, () -> pipeline.send("3\n"));
    }

    @Test
    void closeOnThisSideFailsAllWhoWait() throws Exception {
        pipeline.limit(2);
        var first = sent("1");
        var second = call("2");
        peer.readLine();
        var waiting = call("3").awaitIn("take");
        link.here().close();
        assertThrows(ExecutionException.class, first::get);
        var failure = second.failure(IOException.class);
        assertInstanceOf(ConnectionClosedException.class, failure.getCause());
        waiting.failure(IOException.class);
        running.failure(ConnectionClosedException.class);
    }

    @Test
    void closeOnThisSideEndsAWriter() throws Exception {
        var clog = clog();
        var waiting = call("waits for the writer").awaitIn("cork");
        link.here().abort();
        clog.failure(IOException.class);
        waiting.failure(IOException.class);
        running.failure(IOException.class);
    }

    @Test
    void cancelOfTheReaderFailsAllWhoWait() throws Exception {
        var first = sent("1");
        running.awaitIn("awaitReadable").cancel();
        assertTrue(running.wasCancelled());
        var failure = assertThrows(ExecutionException.class, first::get).getCause();
        assertTrue(failure.getMessage().endsWith("the task that reads was cancelled"));
        assertThrows(IOException.class, () -> pipeline.call("2\n"));
        assertTrue(link.here().isOpen());
    }

    @Test
    void failureOfTheReaderFailsAllWhoWait() throws Exception {
        var broken = new IllegalStateException("on purpose");
        try (Link other = medium.open()) {
            var failing =
                    Pipeline.<String>over(
                            other.here(),
                            _ -> {
                                throw broken;
                            });
            var reading = Call.running(failing::run);
            var first = Call.of(() -> failing.call("1\n"));
            other.there().readLine();
            other.there().writeLine("1");
            assertTrue(first.failure(IOException.class).getMessage().contains("on purpose"));
            assertEquals(broken, reading.failure(IllegalStateException.class));
        }
    }

    @Test
    void answerWithoutARequestEndsTheConnection() throws Exception {
        answer("1");
        var failure = running.failure(ProtocolException.class);
        assertEquals(
                link.here().remoteAddress() + " sent an answer without a request",
                failure.getMessage());
    }

    @Test
    void readingThreadCannotWaitForItself() throws Exception {
        var first = sent("1");
        var second =
                first.thenApply(_ -> {
                    assertThrows(IllegalStateException.class, () -> pipeline.send("2\n"));
                    return "refused";
                });
        answer("1");
        assertEquals("refused", second.get(30, TimeUnit.SECONDS));
        assertEquals("3", sentAndAnswered("3"));
    }

    @Test
    void requestsMayBeSentBeforeItRuns() throws Exception {
        try (Link other = medium.open()) {
            var early = Pipeline.over(other.here(), Connection::readLine);
            var first = Call.of(() -> early.call("1\n"));
            assertEquals("1", other.there().readLine());
            first.awaitIn("call");
            var reading = Call.running(early::run);
            other.there().writeLine("first");
            assertEquals("first", first.result());
            other.there().close();
            reading.result();
        }
    }

    @Test
    void requestsInsideACorkLeaveTogether() throws Exception {
        List<CompletableFuture<String>> answers = new ArrayList<>();
        try (var _ = link.here().cork()) {
            for (int i = 0; i < 20; i++) answers.add(pipeline.send(i + "\n"));
        }
        for (int i = 0; i < 20; i++) {
            assertEquals("" + i, peer.readLine());
            answer("" + i);
            assertEquals("" + i, answers.get(i).get());
        }
    }

    @Test
    void cancelledCallerThatWaitsForACorkWritesNothing() throws Exception {
        Call<String> waiting;
        try (var _ = link.here().cork()) {
            waiting = call("never sent").awaitIn("cork");
            waiting.cancel();
            assertTrue(waiting.wasCancelled());
        }
        assertEquals("1", sentAndAnswered("1"));
    }

    @Test
    void invalidUseIsRefused() throws Exception {
        running.awaitIn("awaitReadable");
        assertThrows(IllegalStateException.class, pipeline::run);
        assertThrows(IllegalArgumentException.class, () -> pipeline.call(""));
        assertThrows(IllegalArgumentException.class, () -> pipeline.limit(0));
        assertEquals("1", sentAndAnswered("1"));
    }
}
