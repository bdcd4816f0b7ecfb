package loomline.bench;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.List;
import javax.net.ssl.SSLEngine;

/**
 * Connects with TLS, by BoringSSL where its library runs: it takes a fraction of the CPU time of the
 * JDK's engine, so that the server is what limits a round. All servers get the same one.
 */
final class TlsClient implements Wire.Wires {
    static final String PROTOCOL = "TLSv1.3";
    static final String CIPHER = "TLS_AES_128_GCM_SHA256";

    /** Of the load's one thread. A context holds the sessions to resume. */
    private static SslContext context;

    private final boolean resumes;

    private TlsClient(boolean resumes) {
        this.resumes = resumes;
    }

    /** Forgets all sessions. */
    static TlsClient start(boolean resumes) throws IOException {
        ReferenceCountUtil.release(context);
        boolean boring = OpenSsl.isAvailable();
        if (!boring) {
            System.err.println("the load speaks TLS by the JDK, at several times the cost: " + OpenSsl.unavailabilityCause());
        }
        context = SslContextBuilder.forClient()
                .sslProvider(boring ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK)
                .protocols(PROTOCOL)
                .ciphers(boring ? null : List.of(CIPHER)) // BoringSSL has no choice; each handshake is checked
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .build();
        return new TlsClient(resumes);
    }

    @Override
    public Wire connect(int port) throws IOException {
        return new TlsWire(Load.connect(port), engine(port));
    }

    /** Sessions are kept by host and port: without these, each handshake is a full one. */
    private SSLEngine engine(int port) {
        var allocator = UnpooledByteBufAllocator.DEFAULT;
        return resumes ? context.newEngine(allocator, "localhost", port) : context.newEngine(allocator);
    }
}
