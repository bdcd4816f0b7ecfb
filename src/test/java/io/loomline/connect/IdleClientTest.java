package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A client that only listens is a normal client. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class IdleClientTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    private final ManualClock clock = new ManualClock();
    private final CountDownLatch news = new CountDownLatch(1);
    private Runtime runtime;
    private Server server;

    @BeforeEach
    void open() throws Exception {
        runtime =
                Runtime.open(
                        RuntimeOptions.DEFAULT.withDriver(medium.newDriver()).withClock(clock));
        server =
                runtime.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        ServerOptions.DEFAULT.withLimits(Limits.NONE),
                        connection -> {
                            news.await();
                            connection.writeLine("news");
                        });
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    @Test
    void silentSubscriberHasNoIdleTimeout() throws Exception {
        try (Connection subscriber = runtime.connect("localhost", server.port())) {
            var line = Call.of(subscriber::readLine).awaitIn("awaitReadable");
            clock.advance(Duration.ofDays(1));
            news.countDown();
            assertEquals("news", line.result());
        }
    }

    @Test
    void explicitIdleTimeoutApplies() throws Exception {
        var options = ConnectOptions.DEFAULT.withLimits(Limits.DEFAULT);
        try (Connection client = runtime.connect("localhost", server.port(), options)) {
            var line = Call.of(client::readLine).awaitIn("awaitReadable");
            clock.advance(Limits.DEFAULT.idleTimeout());
            var e = line.failure(SocketTimeoutException.class);
            assertTrue(e.getMessage().contains("idleTimeout"), e::toString);
        }
    }
}
