package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Started;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Lookups run on a bounded pool, where an unanswered name does not delay others. */
class NameLookupTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final int PERMITS = 64;

    private final ManualClock clock = new ManualClock();
    private final Runtime runtime =
            Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()).withClock(clock));
    private final CountDownLatch repaired = new CountDownLatch(1);
    private final AtomicInteger lookups = new AtomicInteger();
    private int port;

    @AfterEach
    void close() throws InterruptedException {
        repaired.countDown();
        runtime.close();
    }

    /** Answers names that contain "good" at once, and others once the resolver is repaired. */
    private List<InetAddress> answer(String host) {
        lookups.incrementAndGet();
        boolean interrupted = false;
        while (!host.contains("good")) {
            try {
                repaired.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // native code ignores interrupts
            }
        }
        assertFalse(interrupted);
        return List.of(InetAddress.getLoopbackAddress());
    }

    private final ConnectOptions options =
            ConnectOptions.DEFAULT.withTimeout(TIMEOUT).withResolver(this::answer);

    private Call<Boolean> connect(String host) throws IOException {
        if (port == 0) port = runtime.listen(0, Connection::readLine).port();
        return Call.of(() -> {
            try (var connection = runtime.connect(host, port, options)) {
                return connection.isOpen();
            }
        });
    }

    private void awaitLookups(int count) throws InterruptedException {
        Eventually.holds(() -> lookups.get() >= count);
        assertEquals(count, lookups.get());
    }

    @Test
    void timeoutDuringALookupSaysSo() throws Exception {
        var call = connect("bad").awaitIn("resolve");
        clock.advance(TIMEOUT);
        var e = call.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains("bad:" + port), e::toString);
        assertTrue(e.getMessage().contains("PT3S: looking up 'bad'"), e::toString);
    }

    @Test
    void cancelEndsTheWaitForALookup() throws Exception {
        assertTrue(connect("bad").cutIn("await"));
        assertEquals(0, clock.timers());
    }

    @Test
    void hundredLookupsOfOneNameShareOneThread() throws Exception {
        List<Call<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 100; i++) calls.add(connect("bad").awaitIn("resolve"));
        assertEquals(1, lookups.get());
        calls.getFirst().cancel();
        assertTrue(calls.removeFirst().wasCancelled());
        repaired.countDown();
        for (var call : calls) assertTrue(call.result());
        assertEquals(1, lookups.get());
    }

    @Test
    void answersAreNotCached() throws Exception {
        assertTrue(connect("good").result());
        Eventually.holds(() -> lookups.get() == 1);
        assertTrue(connect("good").result());
        assertEquals(2, lookups.get());
    }

    @Test
    void unansweredNamesDoNotDelayOthers() throws Exception {
        for (int i = 1; i < PERMITS; i++) assertTrue(connect("bad" + i).cutIn("await"));
        awaitLookups(PERMITS - 1);
        assertTrue(connect("good").result());
    }

    @Test
    void lookupWithoutFreeThreadWaitsAndCanBeCancelled() throws Exception {
        for (int i = 0; i < PERMITS; i++) connect("bad" + i).awaitIn("resolve");
        awaitLookups(PERMITS);
        var cancelled = connect("good1").awaitIn("acquire");
        var late = connect("good2").awaitIn("acquire");
        cancelled.cancel();
        assertTrue(cancelled.wasCancelled());
        assertEquals(PERMITS, lookups.get());
        repaired.countDown();
        assertTrue(late.result());
    }

    @Test
    void cancelledLookupsOccupyNoQueue() throws Exception {
        for (int i = 0; i < PERMITS; i++) connect("bad" + i).awaitIn("resolve");
        for (int i = 0; i < 200; i++) assertTrue(connect("good" + i).cutIn("acquire"));
        repaired.countDown();
        assertTrue(connect("good").result());
    }

    @Test
    void platformThreadMayWaitForALookup() throws Exception {
        int at = runtime.listen(0, Connection::readLine).port();
        var thread = Started.startOnPlatformThread(() -> runtime.connect("bad", at, options));
        awaitLookups(1);
        repaired.countDown();
        thread.join().close();
    }

    @Test
    void failureOfTheResolverNamesTheHostAndHasItsCause() {
        var broken = new IOException("no answer from 9.9.9.9");
        var failing =
                options.withResolver(_ -> {
                    throw broken;
                });
        var e =
                Call.of(() -> runtime.connect("who.test", 1, failing))
                        .failure(UnknownHostException.class);
        assertTrue(e.getMessage().contains("'who.test'"), e::toString);
        assertTrue(e.getMessage().contains("9.9.9.9"), e::toString);
        assertSame(broken, e.getCause());
    }

    @Test
    void emptyAnswerIsAnUnknownHost() {
        var empty = options.withResolver(_ -> List.of());
        var e =
                Call.of(() -> runtime.connect("who.test", 1, empty))
                        .failure(UnknownHostException.class);
        assertTrue(e.getMessage().contains("'who.test'"), e::toString);
    }

    @Test
    void blankNameIsNotLookedUp() {
        var blank = InetSocketAddress.createUnresolved(" ", 1);
        Call.of(() -> runtime.connect(blank, options)).failure(UnknownHostException.class);
        assertEquals(0, lookups.get());
    }

    @Test
    void ipAddressIsNotLookedUp() throws Exception {
        assertTrue(connect("127.0.0.1").result());
        assertTrue(connect("::1").result());
        assertEquals(0, lookups.get());
    }
}
