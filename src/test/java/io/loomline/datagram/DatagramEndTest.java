package io.loomline.datagram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Started;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.Deadline;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.ReadPendingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** However a receive is cut, it loses no packet and leaves the endpoint usable. */
class DatagramEndTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final ManualClock clock = new ManualClock();
    private final Runtime runtime = Runtime.open(RuntimeOptions.DEFAULT.withClock(clock));
    private final DatagramEndpoint endpoint = open(DatagramOptions.DEFAULT);
    private final DatagramEndpoint peer = open(DatagramOptions.DEFAULT);

    private DatagramEndpoint open(DatagramOptions options) {
        try {
            return runtime.datagram(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), options);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        runtime.close();
        assertEquals(0, clock.timers());
    }

    private void requireUsable() throws Exception {
        peer.send("still".getBytes(UTF_8), endpoint.localAddress());
        assertEquals("still", endpoint.receive().text());
    }

    @Test
    void cancelEndsTheWait() throws Exception {
        for (int i = 0; i < 200; i++) {
            assertTrue(Call.of(endpoint::receive).cutIn("awaitReadable"));
        }
        requireUsable();
    }

    @Test
    void cancelRacingAPacketLosesNone() throws Exception {
        for (int i = 0; i < 500; i++) {
            var call = Call.of(endpoint::receive).awaitIn("awaitReadable");
            String text = "packet " + i;
            var sending =
                    Started.start(() -> {
                        peer.send(text.getBytes(UTF_8), endpoint.localAddress());
                        return true;
                    });
            for (int spin = 0; spin < 10 * (i % 50); spin++) Thread.onSpinWait();
            call.cancel();
            assertTrue(sending.join());
            Datagram packet = call.wasCancelled() ? endpoint.receive() : call.result();
            assertEquals(text, packet.text());
        }
    }

    @Test
    void cancelledTaskNeitherReceivesNorSends() throws Exception {
        peer.send("waits".getBytes(UTF_8), endpoint.localAddress());
        var call =
                Call.of(() -> {
                    try {
                        peer.receive();
                    } finally {
                        assertThrows(InterruptedException.class, endpoint::receive);
                        assertThrows(
                                InterruptedException.class,
                                () -> endpoint.send(new byte[1], peer.localAddress()));
                    }
                    return null;
                });
        assertTrue(call.cutIn("awaitReadable"));
        assertEquals("waits", endpoint.receive().text());
    }

    @Test
    void readTimeoutExpiresOnTimeAndIsNamed() throws Exception {
        try (var timed = open(DatagramOptions.DEFAULT.withReadTimeout(TIMEOUT))) {
            var call = Call.of(timed::receive).awaitIn("awaitReadable");
            clock.advance(TIMEOUT.minusNanos(1));
            assertFalse(call.isDone());
            clock.advance(Duration.ofNanos(1));
            var e = call.failure(SocketTimeoutException.class);
            assertTrue(e.getMessage().contains("" + timed.localAddress()), e::toString);
            assertTrue(e.getMessage().contains("read timeout of PT5S"), e::toString);
            peer.send("later".getBytes(UTF_8), timed.localAddress());
            assertEquals("later", timed.receive().text());
        }
    }

    @Test
    void defaultHasNoReadTimeout() throws Exception {
        var call = Call.of(endpoint::receive).awaitIn("awaitReadable");
        clock.advance(Duration.ofDays(365));
        assertFalse(call.isDone());
        peer.send("at last".getBytes(UTF_8), endpoint.localAddress());
        assertEquals("at last", call.result().text());
    }

    @Test
    void deadlineEndsTheWait() throws Exception {
        var call =
                Call.of(() -> Deadline.after(TIMEOUT, clock).call(endpoint::receive))
                        .awaitIn("awaitReadable");
        clock.advance(TIMEOUT);
        call.failure(TimeoutException.class);
        requireUsable();
    }

    @Test
    void secondReceiverIsRefusedAtOnce() throws Exception {
        var first = Call.of(endpoint::receive).awaitIn("awaitReadable");
        var refusal = assertThrows(ReadPendingException.class, endpoint::receive);
        String message = "" + refusal.getMessage();
        assertTrue(message.endsWith("is receiving at " + endpoint.localAddress()), message);
        peer.send("one".getBytes(UTF_8), endpoint.localAddress());
        assertEquals("one", first.result().text());
        requireUsable();
    }

    @Test
    void closeEndsTheWaitWithAnException() throws Exception {
        for (int i = 0; i < 200; i++) {
            var closed = open(DatagramOptions.DEFAULT);
            var call = Call.of(closed::receive).awaitIn("awaitReadable");
            closed.close();
            var e = call.failure(ConnectionClosedException.class);
            assertTrue(e.getMessage().contains("" + closed.localAddress()), e::toString);
        }
    }

    @Test
    void closeRacingAReceiveThrows() throws Exception {
        for (int i = 0; i < 300; i++) {
            var closed = open(DatagramOptions.DEFAULT);
            var call = Call.of(closed::receive);
            for (int spin = 0; spin < 20 * (i % 100); spin++) Thread.onSpinWait();
            closed.close();
            call.failure(ConnectionClosedException.class);
        }
    }

    @Test
    void everyCallOnAClosedEndpointThrows() {
        endpoint.close();
        endpoint.close();
        assertFalse(endpoint.isOpen());
        assertThrows(ConnectionClosedException.class, endpoint::receive);
        assertThrows(
                ConnectionClosedException.class,
                () -> endpoint.send(new byte[1], peer.localAddress()));
        assertThrows(
                ConnectionClosedException.class,
                () -> endpoint.send(new byte[0], peer.localAddress()));
    }

    @Test
    void closeOfTheRuntimeClosesTheEndpoint() throws Exception {
        var call = Call.of(endpoint::receive).awaitIn("awaitReadable");
        runtime.close();
        call.failure(ConnectionClosedException.class);
    }

    @Test
    void interruptEndsAReceiveOutsideATask() throws Exception {
        var receiving = Started.startOnPlatformThread(endpoint::receive).awaitWaiting();
        receiving.interrupt();
        assertThrows(InterruptedException.class, receiving::join);
        requireUsable();
    }

    @Test
    void packetsOfConcurrentSendersStayWhole() throws Exception {
        List<Call<Boolean>> senders = new ArrayList<>();
        for (int n = 1; n <= 4; n++) {
            byte[] bytes = ("" + n).repeat(100 * n).getBytes(UTF_8);
            senders.add(
                    Call.running(() -> {
                        for (int i = 0; i < 25; i++) peer.send(bytes, endpoint.localAddress());
                    }));
        }
        for (var sender : senders) assertTrue(sender.result());
        for (int i = 0; i < 100; i++) {
            String text = endpoint.receive().text();
            assertEquals(text.substring(0, 1).repeat(text.length()), text);
        }
    }
}
