package io.loomline.driver.epoll;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.driver.carrier.LoopFailures;
import io.loomline.probe.CapturedLog;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

class IdlePollerTest {
    @Test
    void noFailureEndsTheThread() {
        List<Throwable> failures =
                List.of(
                        new IOException("a failure for the test"),
                        new IllegalStateException("a failure for the test"),
                        new OutOfMemoryError("a failure for the test"),
                        new NoClassDefFoundError("a failure for the test"));
        var calls = new AtomicInteger();
        try (var log = new CapturedLog()) {
            var idle =
                    new IdlePoller(
                            0,
                            () -> fail(failures.get(calls.getAndIncrement())),
                            new LoopFailures("the loop of the test"));
            idle.start();
            for (int i = 0; i < failures.size(); i++) idle.await();
            idle.end();
            assertEquals(failures.size(), calls.get());
            assertEquals(1, log.lines("the loop of the test failed and continues").size());
        }
    }

    private static void fail(Throwable failure) throws IOException {
        switch (failure) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError(failure);
        }
    }
}
