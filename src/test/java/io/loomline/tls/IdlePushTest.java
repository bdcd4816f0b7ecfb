package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A push server, whose handlers wait for news and never read, does not fill up. */
@ParameterizedClass
@EnumSource(names = {"NIO", "EPOLL", "UNIX", "MEMORY"})
class IdlePushTest extends TlsFixture {
    private static final int FULL = 4;
    private static final Duration STEP = Duration.ofSeconds(5);
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final ManualClock clock = new ManualClock();
    private final BlockingQueue<String> news = new LinkedBlockingQueue<>();

    @Override
    RuntimeOptions options() {
        return super.options().withClock(clock);
    }

    private void push(Connection connection) throws Exception {
        connection.writeLine("welcome");
        while (true) connection.writeLine(news.take());
    }

    private void fillAndLeave(Server server, boolean secure) throws Exception {
        List<Connection> clients = new ArrayList<>();
        for (int i = 0; i < FULL; i++) clients.add(connectTo(server, secure));
        for (Connection client : clients) assertEquals("welcome", client.readLine());
        for (Connection client : clients) client.close();
    }

    private Connection connectTo(Server server, boolean secure) throws Exception {
        return secure ? connect(server, CLIENT) : runtime.connect(server.localAddress());
    }

    private void assertDoesNotFillUp(ServerOptions options) throws Exception {
        boolean secure = options.tls() != null;
        Server server = listen(options.withMaxConnections(FULL), this::push);
        try (var _ = new CapturedLog()) {
            fillAndLeave(server, secure);
            Eventually.holds(() -> server.connections().size() == FULL);
            for (Duration passed = STEP; passed.compareTo(LIMIT) < 0; passed = passed.plus(STEP)) {
                clock.advance(STEP);
            }
            assertEquals(FULL, server.connectionCount());
            Eventually.holds(() -> {
                clock.advance(STEP);
                return server.connectionCount() == 0;
            });
            try (Connection next = connectTo(server, secure)) {
                assertEquals("welcome", next.readLine());
                news.add("today");
                assertEquals("today", next.readLine());
            }
        }
        assertEquals(FULL + 1, server.acceptedCount());
    }

    @Test
    void plainClientsThatLeftMakeRoom() throws Exception {
        assertDoesNotFillUp(ServerOptions.DEFAULT);
    }

    @Test
    void secureClientsThatLeftMakeRoom() throws Exception {
        assertDoesNotFillUp(ServerOptions.DEFAULT.withTls(serverTls()));
    }
}
