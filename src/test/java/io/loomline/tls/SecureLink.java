package io.loomline.tls;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.tls.keys.TestCertificates;

import java.util.List;

/** Two connections with TLS between them. */
record SecureLink(Link link, boolean hereIsClient) implements AutoCloseable {
    private static final String HOST = "localhost";
    private static final Tls SERVER = Tls.server(TestCertificates.server(HOST).serverContext());
    private static final Tls CLIENT =
            Tls.client(TestCertificates.clientContext()).withServerName(HOST);

    /** The version, and the side of {@link #here()}. */
    enum Kind {
        TLS_1_3_CLIENT("TLSv1.3", true),
        TLS_1_3_SERVER("TLSv1.3", false),
        TLS_1_2_CLIENT("TLSv1.2", true),
        TLS_1_2_SERVER("TLSv1.2", false);

        private final String protocol;
        private final boolean hereIsClient;

        Kind(String protocol, boolean hereIsClient) {
            this.protocol = protocol;
            this.hereIsClient = hereIsClient;
        }

        boolean allowsHalfClose() {
            return protocol.equals("TLSv1.3");
        }
    }

    static SecureLink open(Medium medium, Kind kind) throws Exception {
        Link link = medium.open();
        List<String> protocols = List.of(kind.protocol);
        Connection client = kind.hereIsClient ? link.here() : link.there();
        Connection server = kind.hereIsClient ? link.there() : link.here();
        var accepting = Call.running(() -> server.startTls(SERVER.withProtocols(protocols)));
        client.startTls(CLIENT.withProtocols(protocols));
        accepting.result();
        return new SecureLink(link, kind.hereIsClient);
    }

    Connection here() {
        return link.here();
    }

    Connection there() {
        return link.there();
    }

    @Override
    public void close() {
        link.close();
    }
}
