package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.protocol.Protocol;
import io.loomline.protocol.Protocols;
import io.loomline.protocol.Transport;
import io.loomline.server.admission.Refusals;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Clients over a limit: refused with a farewell and an orderly end, also by live options. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class RefusalTest extends ServerFixture {
    private static final AdmissionOptions REFUSE =
            AdmissionOptions.DEFAULT
                    .withOverLimit(OverLimit.REFUSE)
                    .withFarewell("421 too many connections\r\n");

    private Server listen(int maxConnections, AdmissionOptions admission) throws Exception {
        return runtime.listen(
                anyPort(),
                ServerOptions.DEFAULT.withMaxConnections(maxConnections).withAdmission(admission),
                RefusalTest::greetAndEcho);
    }

    private static void greetAndEcho(Connection connection) throws Exception {
        connection.writeLine("welcome");
        for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
    }

    private static long count(Server server, AdmissionReason reason) {
        return server.refusals().get(reason);
    }

    private void assertRefused(Server server) throws Exception {
        try (Connection client = connect(server)) {
            assertEquals("421 too many connections", client.readLine());
            assertNull(client.readLine());
        }
    }

    @Test
    void clientOverTheLimitGetsTheFarewellAndTheEnd() throws Exception {
        Server server = listen(1, REFUSE);
        try (Connection first = connect(server)) {
            assertEquals("welcome", first.readLine());
            for (int i = 0; i < 10; i++) assertRefused(server);
            first.writeLine("still served");
            assertEquals("still served", first.readLine());
            assertEquals(1, server.connectionCount());
        }
        assertEquals(10, count(server, AdmissionReason.CONNECTION_LIMIT));
        assertEquals(10, server.refusedCount());
        Eventually.holds(() -> server.connectionCount() == 0);
        try (Connection next = connect(server)) {
            assertEquals("welcome", next.readLine());
        }
        assertEquals(2, server.acceptedCount());
    }

    @Test
    void farewellArrivesIfTheClientHasAlreadySent() throws Exception {
        Server server = listen(1, REFUSE);
        try (Connection first = connect(server)) {
            assertEquals("welcome", first.readLine());
            for (int i = 0; i < 10; i++) {
                try (Connection client = connect(server)) {
                    client.write(new byte[20_000]);
                    assertEquals("421 too many connections", client.readLine());
                    assertNull(client.readLine());
                    client.write(new byte[20_000]); // no reset yet
                }
            }
        }
    }

    @Test
    void clientThatNeverLeavesHoldsUpNobody() throws Exception {
        Server server = listen(1, REFUSE);
        List<Connection> stubborn = new ArrayList<>();
        try (Connection first = connect(server)) {
            assertEquals("welcome", first.readLine());
            for (int i = 0; i < Refusals.MOST_DROPPING + 20; i++) {
                stubborn.add(connect(server));
                assertEquals("421 too many connections", stubborn.get(i).readLine());
            }
            assertRefused(server);
        } finally {
            stubborn.forEach(Connection::close);
        }
    }

    @Test
    void refusedClientsDoNotDelayAClose() throws Exception {
        Server server = listen(1, REFUSE);
        Connection first = connect(server);
        assertEquals("welcome", first.readLine());
        Connection refused = connect(server);
        assertEquals("421 too many connections", refused.readLine());
        server.close();
        assertNull(refused.readLine());
        first.close();
        refused.close();
    }

    @Test
    void emptyFarewellIsJustTheEnd() throws Exception {
        Server server = listen(1, REFUSE.withFarewell(""));
        try (Connection first = connect(server);
                Connection second = connect(server)) {
            assertEquals("welcome", first.readLine());
            assertNull(second.readLine());
        }
    }

    @Test
    void optionsChangeWhileClientsWait() throws Exception {
        Server server = listen(1, AdmissionOptions.DEFAULT);
        Connection first = connect(server);
        assertEquals("welcome", first.readLine());
        server.admission(REFUSE);
        assertEquals(REFUSE, server.admission());
        assertRefused(server);
        first.close();
        Eventually.holds(() -> server.connectionCount() == 0);
        try (Connection second = connect(server)) {
            assertEquals("welcome", second.readLine());
            assertRefused(server);
            server.maxConnections(2);
            try (Connection third = connect(server)) {
                assertEquals("welcome", third.readLine());
            }
        }
    }

    @Test
    void addressOverItsLimitIsRefused() throws Exception {
        Server server = listen(100, REFUSE.withMaxPerAddress(2));
        Connection first = connect(server);
        try (Connection second = connect(server)) {
            assertEquals("welcome", first.readLine());
            assertEquals("welcome", second.readLine());
            assertRefused(server);
            assertEquals(1, count(server, AdmissionReason.ADDRESS_LIMIT));
            first.close();
            Eventually.holds(() -> server.connectionCount() == 1);
            try (Connection third = connect(server)) {
                assertEquals("welcome", third.readLine());
            }
        }
    }

    @Test
    void presentConnectionsCountForALimitThatIsSetLater() throws Exception {
        Server server = listen(100, REFUSE);
        Connection first = connect(server);
        assertEquals("welcome", first.readLine());
        server.admission(REFUSE.withMaxPerSubnet(1));
        assertRefused(server);
        assertEquals(1, count(server, AdmissionReason.SUBNET_LIMIT));
        first.close();
        Eventually.holds(() -> server.connectionCount() == 0);
        try (Connection second = connect(server)) {
            assertEquals("welcome", second.readLine());
            server.admission(REFUSE);
            try (Connection third = connect(server)) {
                assertEquals("welcome", third.readLine());
            }
        }
    }

    @Test
    void addressOverItsRateIsRefused() throws Exception {
        Server server = listen(100, REFUSE.withRatePerAddress(2, Duration.ofHours(1)));
        for (int i = 0; i < 2; i++) {
            try (Connection client = connect(server)) {
                assertEquals("welcome", client.readLine());
            }
        }
        assertRefused(server);
        assertEquals(1, count(server, AdmissionReason.ADDRESS_RATE));
    }

    @Test
    void clientsOverTheLimitOfTheirAddressAreRefusedWhileOthersWait() throws Exception {
        Server server = listen(100, AdmissionOptions.DEFAULT.withMaxPerAddress(1));
        try (Connection first = connect(server);
                Connection second = connect(server)) {
            assertEquals("welcome", first.readLine());
            assertNull(second.readLine());
        }
    }

    @Test
    void suspendedServerRefusesNobody() throws Exception {
        Server server = listen(1, REFUSE);
        server.suspend();
        try (Connection first = connect(server);
                Connection second = connect(server)) {
            var greeting = Call.of(first::readLine).awaitIn("awaitReadable");
            assertFalse(greeting.isDone());
            server.resume();
            assertEquals("welcome", greeting.result());
            assertEquals("421 too many connections", second.readLine());
        }
    }

    @Test
    void waitsAreCountedAsDelays() throws Exception {
        Server server = listen(1, AdmissionOptions.DEFAULT);
        try (Connection first = connect(server)) {
            assertEquals("welcome", first.readLine());
            Eventually.holds(() -> server.delays().get(AdmissionReason.CONNECTION_LIMIT) == 1);
            assertEquals(0, server.refusedCount());
            assertThrows(UnsupportedOperationException.class, () -> server.delays().clear());
        }
    }

    @Test
    void protocolsInTheCallbackStyleAreRefusedAlike() throws Exception {
        Server server =
                runtime.listen(
                        anyPort(),
                        ServerOptions.DEFAULT.withMaxConnections(1).withAdmission(REFUSE),
                        Protocols.handler(Greeter::new));
        try (Connection first = connect(server)) {
            assertEquals("welcome", first.readLine());
            assertRefused(server);
        }
        assertTrue(server.refusedCount() == 1);
    }

    private static final class Greeter implements Protocol {
        @Override
        public void connected(Transport transport) {
            transport.write(ByteBuffer.wrap("welcome\n".getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void farewellIsNotSentOnceTheClientHasGone() throws Exception {
        Server server = listen(1, REFUSE);
        try (Connection first = connect(server)) {
            assertEquals("welcome", first.readLine());
            for (int i = 0; i < 20; i++) connectAndAbort(server);
            assertRefused(server);
        }
    }

    private void connectAndAbort(Server server) throws Exception {
        try {
            connect(server).abort();
        } catch (IOException e) {
            // refused and closed meanwhile
        }
    }

    @Test
    void presentConnectionsDoNotUseUpARateThatIsSetLater() throws Exception {
        Server server = listen(100, REFUSE);
        try (Connection first = connect(server);
                Connection second = connect(server)) {
            assertEquals("welcome", first.readLine());
            assertEquals("welcome", second.readLine());
            server.admission(REFUSE.withRatePerAddress(1, Duration.ofHours(1)));
            try (Connection third = connect(server)) {
                assertEquals("welcome", third.readLine());
                assertRefused(server);
            }
        }
    }

    @Test
    void tlsServerRefusesWithoutAFarewell() throws Exception {
        Tls tls = Tls.server(TestCertificates.server("localhost").serverContext());
        Server server =
                runtime.listen(
                        anyPort(),
                        ServerOptions.DEFAULT
                                .withTls(tls)
                                .withMaxConnections(1)
                                .withAdmission(REFUSE),
                        RefusalTest::greetAndEcho);
        Tls client = Tls.client(TestCertificates.clientContext()).withServerName("localhost");
        var secure = ConnectOptions.DEFAULT.withTls(client);
        try (Connection first = runtime.connect("localhost", server.port(), secure);
                Connection second = connect(server)) {
            assertEquals("welcome", first.readLine());
            assertNull(second.readLine()); // not even an alert
            assertThrows(
                    IOException.class,
                    () -> runtime.connect("localhost", server.port(), secure).close());
            first.writeLine("still served");
            assertEquals("still served", first.readLine());
        }
        assertEquals(2, count(server, AdmissionReason.CONNECTION_LIMIT));
        assertEquals(1, server.acceptedCount());
    }
}
