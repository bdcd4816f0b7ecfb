package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.server.ServerOptions;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A kernel address that never answers, tried before one that does. */
class BlackHoleTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final String HOLE = "127.0.0.2";
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final ManualClock clock = new ManualClock();
    private final Runtime runtime = Runtime.open(RuntimeOptions.DEFAULT.withClock(clock));
    private final List<SocketChannel> fill = new ArrayList<>();
    private ServerSocket hole;

    /** Linux drops connection requests to a listener with a full queue. */
    @BeforeEach
    void fillQueue() throws IOException {
        hole = new ServerSocket(0, 1, InetAddress.ofLiteral(HOLE));
        for (int i = 0; i < 4; i++) {
            SocketChannel socket = SocketChannel.open();
            fill.add(socket);
            socket.configureBlocking(false);
            socket.connect(hole.getLocalSocketAddress());
        }
    }

    @AfterEach
    void close() throws IOException {
        runtime.close();
        for (SocketChannel socket : fill) socket.close();
        hole.close();
    }

    private Call<Connection> connect(String... addresses) {
        var options = ConnectOptions.DEFAULT.withResolver(StagedNetwork.resolver(addresses));
        return Call.of(() -> runtime.connect("hole.test", hole.getLocalPort(), options));
    }

    @Test
    void nextAddressIsTriedAfterTheDelay() throws Exception {
        SocketAddress good =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), hole.getLocalPort());
        runtime.listen(good, ServerOptions.DEFAULT, connection -> connection.writeLine("good"));
        for (int i = 0; i < 50; i++) {
            var call = connect(HOLE, "127.0.0.1");
            clock.awaitTimers(2); // of the connect timeout and the delay
            clock.advance(Duration.ofMillis(250));
            try (var connection = call.result()) {
                assertEquals("good", connection.readLine());
            }
            Eventually.holds(() -> clock.timers() == 0);
        }
    }

    @Test
    void cancelLeavesNoDescriptor() throws Exception {
        int before = Leftovers.openDescriptors();
        for (int i = 0; i < 50; i++) {
            var call = connect(HOLE, "127.0.0.3");
            clock.awaitTimers(2);
            assertTrue(call.cutIn("pollUntilDelay"));
        }
        Eventually.holds(() -> Leftovers.openDescriptors() <= before + 1); // the driver keeps one
    }

    @Test
    void timeoutNamesTheUnansweredAddress() throws Exception {
        var call = connect(HOLE, "127.0.0.3");
        clock.awaitTimers(2);
        clock.advance(TIMEOUT);
        var e = call.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains(HOLE + ":" + hole.getLocalPort()), e::toString);
        assertTrue(e.getSuppressed()[0].getMessage().contains("no answer"), e::toString);
    }
}
