package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.driver.Started;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.server.Server;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/** A connect cancelled at any moment returns a connection or leaves nothing behind. */
class ConnectRaceTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int ROUNDS = 300;
    private static final int STRESS_ROUNDS = 20_000;

    private final Runtime runtime = Runtime.open();

    @AfterEach
    void close() {
        runtime.close();
    }

    private Server listen() throws IOException {
        return runtime.listen(0, Connection::readLine);
    }

    /** Two addresses refuse; the third is our server's. */
    private static ConnectOptions several() {
        return ConnectOptions.DEFAULT.withResolver(
                StagedNetwork.resolver("127.0.0.2", "::1", "127.0.0.1"));
    }

    private void cancelRaces(int rounds) throws Exception {
        Server server = listen();
        var options = several();
        for (int i = 0; i < rounds; i++) {
            var call =
                    Call.of(() -> {
                        runtime.connect("several.test", server.port(), options).close();
                        return true;
                    });
            for (int spin = 0; spin < 40 * (i % ROUNDS); spin++) Thread.onSpinWait();
            call.cancel();
            if (!call.wasCancelled()) assertTrue(call.result());
        }
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    @Test
    void raceOfAddressesIsCancelledAtAnyMoment() throws Exception {
        cancelRaces(ROUNDS);
    }

    @Tag("stress")
    @Test
    void raceOfAddressesIsCancelledAtAnyMomentUnderStress() throws Exception {
        cancelRaces(STRESS_ROUNDS);
    }

    private static void serveSocks(FakeProxy.Peer peer) throws Exception {
        peer.expect("05 01 00");
        peer.send("05 00");
        peer.connection().readExactly(4 + 1 + "far.test".length() + 2);
        peer.send("05 00 00 01 7f000001 1234");
        peer.awaitEnd();
    }

    private void cancelHandshakes(int rounds) throws Exception {
        var proxy =
                new FakeProxy(
                        runtime,
                        peer -> {
                            try {
                                serveSocks(peer);
                            } catch (IOException e) {
                                // cancelled
                            }
                        });
        var options = ConnectOptions.DEFAULT.withProxy(Proxy.socks5("127.0.0.1", proxy.port()));
        for (int i = 0; i < rounds; i++) {
            var call =
                    Call.of(() -> {
                        runtime.connect("far.test", 80, options).close();
                        return true;
                    });
            for (int spin = 0; spin < 40 * (i % ROUNDS); spin++) Thread.onSpinWait();
            call.cancel();
            if (!call.wasCancelled()) assertTrue(call.result());
        }
        Eventually.holds(() -> !proxy.hasClients());
    }

    @Test
    void proxyHandshakeIsCancelledAtAnyMoment() throws Exception {
        cancelHandshakes(ROUNDS);
    }

    @Tag("stress")
    @Test
    void proxyHandshakeIsCancelledAtAnyMomentUnderStress() throws Exception {
        cancelHandshakes(STRESS_ROUNDS);
    }

    @Test
    void closeOfTheRuntimeEndsConnectsAtAnyMoment() throws Exception {
        Server server = listen();
        var options = several();
        for (int i = 0; i < ROUNDS / 3; i++) {
            Runtime closing = Runtime.open();
            var connecting =
                    Started.startOnPlatformThread(() -> connect(closing, server.port(), options));
            for (int spin = 0; spin < 200 * i; spin++) Thread.onSpinWait();
            closing.close();
            assertTrue(List.of("connected", "failed").contains(connecting.join()));
        }
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    private static String connect(Runtime through, int port, ConnectOptions options)
            throws InterruptedException {
        try (var connection = through.connect("several.test", port, options)) {
            assertEquals(port, ((InetSocketAddress) connection.remoteAddress()).getPort());
            return "connected";
        } catch (IOException e) {
            return "failed";
        }
    }
}
