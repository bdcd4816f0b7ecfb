package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.net.Connection;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A failing handler ends its own connection only and is logged once. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class ServerFailureTest extends ServerFixture {

    @Test
    void serverOutlivesFailingHandlers() throws Exception {
        List<Throwable> failures =
                List.of(
                        new IllegalStateException("one"),
                        new IOException("two"),
                        new AssertionError("three"),
                        new StackOverflowError("four"),
                        new InterruptedException("five, of its own making"),
                        new OutOfMemoryError("six"));
        var next = new AtomicInteger();
        Server server =
                runtime.listen(
                        0,
                        connection -> {
                            int index = next.getAndIncrement();
                            if (index < failures.size()) fail(failures.get(index));
                            connection.writeLine("served");
                        });
        try (var _ = new CapturedLog()) {
            for (int i = 0; i < failures.size(); i++) {
                try (Connection client = connect(server)) {
                    assertNull(client.readLine(), "failure " + i);
                }
            }
        }
        try (Connection client = connect(server)) {
            assertEquals("served", client.readLine());
        }
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    private static void fail(Throwable failure) throws Exception {
        if (failure instanceof Error error) throw error;
        throw (Exception) failure;
    }

    /** Code that may not throw the exception of a cancel throws it inside another one. */
    @Test
    void cancelInsideABareWrapperIsNotLogged() throws Exception {
        var waiting = new CountDownLatch(1);
        Server server =
                runtime.listen(
                        0,
                        connection -> {
                            waiting.countDown();
                            try {
                                connection.readLine();
                            } catch (InterruptedException e) {
                                throw new RuntimeException(e);
                            }
                        });
        try (var log = new CapturedLog();
                Connection client = connect(server)) {
            waiting.await();
            server.close();
            assertNull(client.readLine());
            assertEquals(0, server.failedCount());
            assertEquals("", log.text());
        }
    }

    @Test
    void failureIsLoggedOnceWithThePeersAddress() throws Exception {
        Server server =
                runtime.listen(
                        0,
                        connection -> {
                            throw new IllegalStateException("a bug in the handler");
                        });
        try (var log = new CapturedLog();
                Connection client = connect(server)) {
            assertNull(client.readLine());
            Eventually.holds(() -> server.connectionCount() == 0);
            runtime.close();
            assertEquals(1, log.lines("a bug in the handler").size());
            assertEquals(1, log.lines("" + client.localAddress()).size());
        }
    }

    @Test
    void errorIsLoggedOnceWithThePeersAddress() throws Exception {
        Server server =
                runtime.listen(
                        0,
                        connection -> {
                            throw new AssertionError("a bug in the handler");
                        });
        try (var log = new CapturedLog();
                Connection client = connect(server)) {
            assertNull(client.readLine());
            runtime.close();
            assertEquals(1, log.lines("a bug in the handler").size());
            assertEquals(1, log.lines("" + client.localAddress()).size());
        }
    }

    @Test
    void resetsAndCancelsAreNotLoggedAsWarnings() throws Exception {
        Server server =
                runtime.listen(
                        0,
                        connection -> {
                            while (connection.readLine() != null) {}
                        });
        try (var log = new CapturedLog()) {
            for (int i = 0; i < 3; i++) {
                Connection client = connect(server);
                client.writeLine("then a reset");
                client.abort();
            }
            try (Connection client = connect(server)) {
                client.writeLine("then a cancel");
                runtime.close();
            }
            assertEquals(List.of(), log.lines(""));
        }
    }

    @Test
    void nullHandlerIsRejected() {
        var e = assertThrows(NullPointerException.class, () -> runtime.listen(0, null));
        assertEquals("handler", e.getMessage());
    }
}
