package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future.State;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The exceptions in which an interrupt shows. They end a cancelled task as cancelled and an expired
 * deadline in a timeout; anything else, and any of them without a cancel, is a failure of the code.
 */
class CancelShapeTest {
    @AutoClose private final TestTree tree = TestTree.supervised();

    static Stream<Exception> shapes() {
        return Stream.of(
                new InterruptedException("a blocking call"),
                new InterruptedIOException("a stream"),
                new ClosedByInterruptException(),
                new CancellationException("a task of the same scope"),
                new UncheckedIOException(new InterruptedIOException("lines()")),
                new UncheckedIOException(new ClosedByInterruptException()));
    }

    static Stream<Exception> others() {
        return Stream.of(
                new SocketTimeoutException("a limit of the connection"),
                new UncheckedIOException(new SocketTimeoutException("the same, from lines()")),
                new UncheckedIOException(new IOException("something else")),
                new AsynchronousCloseException(),
                new TimeoutException("the code's own"),
                new IOException("anything"),
                new IllegalStateException(new InterruptedException("hidden in a cause")));
    }

    private Task<Object> cancelledAndThrowing(Exception shape) {
        return tree.root()
                .start(() -> {
                    Task.current().cancel("on purpose");
                    throw shape;
                });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void endsACancelledTaskAsCancelled(Exception shape) {
        Task<Object> task = cancelledAndThrowing(shape);
        var e = assertThrows(CancellationException.class, task::join);
        assertEquals(State.CANCELLED, task.state());
        assertEquals("on purpose", task.cancelReason().orElseThrow(() -> new AssertionError(e)));
    }

    @ParameterizedTest
    @MethodSource("others")
    void otherExceptionEndsACancelledTaskAsFailed(Exception other) {
        Task<Object> task = cancelledAndThrowing(other);
        TestTree.awaitTrue("done", task::isDone);
        assertSame(other, task.exceptionNow());
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void withoutACancelIsAFailure(Exception shape) {
        Task<Object> task =
                tree.root()
                        .start(() -> {
                            throw shape;
                        });
        TestTree.awaitTrue("done", task::isDone);
        assertSame(shape, task.exceptionNow());
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void leavesAnExpiredDeadlineAsTimeout(Exception shape) {
        var e = assertThrows(TimeoutException.class, () -> throwInExpired(shape));
        assertSame(shape, e.getCause());
    }

    @ParameterizedTest
    @MethodSource("others")
    void otherExceptionLeavesAnExpiredDeadlineUnchanged(Exception other) {
        assertSame(other, assertThrows(Exception.class, () -> throwInExpired(other)));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void leavesALiveDeadlineUnchanged(Exception shape) {
        Deadline alive = tree.deadline(Duration.ofDays(1));
        var e =
                assertThrows(
                        Exception.class,
                        () ->
                                alive.<Exception>run(() -> {
                                    throw shape;
                                }));
        assertSame(shape, e);
    }

    private void throwInExpired(Exception e) throws Exception {
        tree.deadline(Duration.ZERO)
                .<Exception>run(() -> {
                    throw e;
                });
    }
}
