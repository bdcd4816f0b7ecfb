package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.server.Server;
import io.loomline.tls.keys.TestCertificate;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Sessions that are resumed, which saves the signature. */
@ParameterizedClass
@EnumSource(names = {"NIO", "MEMORY"})
class SessionResumptionTest extends TlsFixture {
    /** Accepts every certificate, and counts them: that of a resumed session is not checked. */
    private static final class CountingTrust implements X509TrustManager {
        private final AtomicInteger checks = new AtomicInteger();

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            checks.incrementAndGet();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }

        Tls client() throws GeneralSecurityException {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {this}, null);
            return Tls.client(context);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void laterHandshakesResumeAndTheHostIsChecked(String protocol) throws Exception {
        Server server = listen(Tls.server(TestCertificates.server("a.test").serverContext()));
        var trust = new CountingTrust();
        Tls client = trust.client().withProtocols(List.of(protocol));
        TlsSession first = session(server, client.withServerName("a.test"));
        for (int i = 0; i < 5; i++) {
            TlsSession later = session(server, client.withServerName("a.test"));
            assertEquals(first.peerCertificates(), later.peerCertificates());
            assertEquals(first.serverName(), later.serverName());
        }
        assertEquals(1, trust.checks.get(), "no later handshake was full");
        var e =
                assertThrows(
                        SSLHandshakeException.class,
                        () -> connect(server, client.withServerName("b.test")).close());
        assertTrue(e.getMessage().contains("b.test"), e::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    @Tag("slow")
    @Timeout(300)
    void namesThatClientsAskForTakeNoMemory(String protocol) throws Exception {
        TestCertificate own = TestCertificates.server("*.a.test");
        Server server = listen(Tls.server(own.chain(), own.key()));
        Tls client = CLIENT.withProtocols(List.of(protocol));
        ask(server, client, 0, 1_000);
        long before = usedHeap();
        ask(server, client, 1_000, 6_000);
        long grown = usedHeap() - before;
        assertTrue(grown < 48L << 20, () -> grown + " bytes");
        assertEquals(0, server.refusedCount());
    }

    private void ask(Server server, Tls client, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            try (Connection connection =
                    connect(server, client.withServerName("n" + i + ".a.test"))) {
                exchange(connection, "hello");
            }
            if (sessions.size() > 100) sessions.clear();
        }
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) System.gc();
        var runtime = java.lang.Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
