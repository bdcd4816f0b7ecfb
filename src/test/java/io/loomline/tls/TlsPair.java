package io.loomline.tls;

import io.loomline.driver.Channel;
import io.loomline.tls.keys.TestCertificates;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Two channels with TLS between them, whose handshake is complete. */
public record TlsPair(TlsChannel first, TlsChannel second) {
    /** The protocol, and which side is the client. */
    public enum Kind {
        TLS_1_3_CLIENT("TLSv1.3", true),
        TLS_1_3_SERVER("TLSv1.3", false),
        TLS_1_2_CLIENT("TLSv1.2", true),
        TLS_1_2_SERVER("TLSv1.2", false);

        // https://www.rfc-editor.org/rfc/rfc5246#section-7.2.1
        // "The other party MUST respond with a close_notify alert of its own and close down the
        // connection immediately, discarding any pending writes."
        /** The contract cases in which a side goes on to write after the peer has ended. */
        private static final Set<String> HALF_CLOSE =
                Set.of(
                        "bulk data flows both ways at once",
                        "the other direction works after shutdownOutput");

        private final String protocol;
        private final boolean firstIsClient;

        Kind(String protocol, boolean firstIsClient) {
            this.protocol = protocol;
            this.firstIsClient = firstIsClient;
        }

        /** Whether a contract case applies. */
        public boolean allows(String caseName) {
            return protocol.equals("TLSv1.3") || !HALF_CLOSE.contains(caseName);
        }
    }

    private static final String HOST = "localhost";
    private static final Tls SERVER = Tls.server(TestCertificates.server(HOST).serverContext());
    private static final Tls CLIENT = Tls.client(TestCertificates.clientContext());

    /** Runs the handshake between two connected channels. */
    public static TlsPair secure(Kind kind, Channel first, Channel second) throws Exception {
        List<String> protocol = List.of(kind.protocol);
        Tls client = CLIENT.withProtocols(protocol);
        Tls server = SERVER.withProtocols(protocol);
        var pair =
                new TlsPair(
                        TlsChannel.over(first, kind.firstIsClient ? client : server, HOST),
                        TlsChannel.over(second, kind.firstIsClient ? server : client, HOST));
        var other =
                CompletableFuture.runAsync(
                        () -> handshake(pair.second), Thread::startVirtualThread);
        pair.first.handshake(ByteBuffer.allocate(0));
        other.join();
        return pair;
    }

    private static void handshake(TlsChannel channel) {
        try {
            channel.handshake(ByteBuffer.allocate(0));
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }
}
