package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.loomline.net.Connection;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.proxy.ProxyHeader;
import io.loomline.proxy.ProxyProtocol;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Behind a proxy, the limits of addresses apply to the address that the proxy announces. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class ProxiedLimitTest extends ServerFixture {
    private static final AdmissionOptions ONE =
            AdmissionOptions.DEFAULT.withMaxPerAddress(1).withFarewell("421 too many\r\n");

    private Server listen(AdmissionOptions admission) throws Exception {
        return runtime.listen(
                anyPort(),
                ServerOptions.DEFAULT
                        .withProxyProtocol(ProxyProtocol.from("127.0.0.0/8", "::1"))
                        .withAdmission(admission),
                ProxiedLimitTest::greetAndEcho);
    }

    private static void greetAndEcho(Connection connection) throws Exception {
        connection.writeLine("welcome");
        for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
    }

    private static SocketAddress at(String address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), 4321);
    }

    private Connection clientFrom(String address, Server server) throws Exception {
        return connect(server, ProxyHeader.v2(at(address), at("192.0.2.200")));
    }

    private Connection connect(Server server, ProxyHeader header) throws Exception {
        Connection client = connect(server);
        client.write(header.encode());
        return client;
    }

    @Test
    void announcedAddressesAreCounted() throws Exception {
        Server server = listen(ONE);
        Connection first = clientFrom("192.0.2.1", server);
        assertEquals("welcome", first.readLine());
        try (Connection other = clientFrom("192.0.2.2", server);
                Connection second = clientFrom("192.0.2.1", server)) {
            assertEquals("welcome", other.readLine());
            assertEquals("421 too many", second.readLine());
            assertNull(second.readLine());
            Eventually.holds(() -> server.refusals().get(AdmissionReason.ADDRESS_LIMIT) == 1);
            first.close();
            Eventually.holds(() -> server.origins().connections() == 1);
            try (Connection third = clientFrom("192.0.2.1", server)) {
                assertEquals("welcome", third.readLine());
            }
        }
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEquals(0, server.origins().connections());
    }

    @Test
    void proxyItselfIsExempt() throws Exception {
        Server server = listen(ONE);
        try (Connection first = connect(server, ProxyHeader.local());
                Connection second = connect(server, ProxyHeader.local())) {
            assertEquals("welcome", first.readLine());
            assertEquals("welcome", second.readLine());
            assertEquals(0, server.origins().connections());
        }
    }

    @Test
    void announcedAddressesCountForALimitThatIsSetLater() throws Exception {
        Server server = listen(AdmissionOptions.DEFAULT);
        try (Connection first = clientFrom("192.0.2.1", server);
                Connection silent = connect(server)) {
            assertEquals("welcome", first.readLine());
            Eventually.holds(() -> server.connectionCount() == 2);
            server.admission(ONE);
            assertEquals(1, server.origins().connections());
            try (Connection second = clientFrom("192.0.2.1", server)) {
                assertEquals("421 too many", second.readLine());
            }
            silent.abort();
        }
    }

    @Test
    void invalidHeadersAreCountedAsTheirReason() throws Exception {
        Server server = listen(ONE);
        try (var _ = new CapturedLog();
                Connection client = connect(server)) {
            client.writeLine("no header");
            Eventually.holds(() -> server.refusals().get(AdmissionReason.PROXY_HEADER) == 1);
        }
        assertEquals(1, server.refusedCount());
    }
}
