package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

@Name("io.loomline.Handshake")
@Label("TLS Handshake")
@Category("Loomline")
@Description("A TLS handshake was completed, or failed")
@Enabled(false)
@StackTrace(false)
final class HandshakeEvent extends SpanEvent implements HandshakeSpan {
    /** Tells whether the event is enabled. */
    static final HandshakeEvent PROBE = new HandshakeEvent();

    @Label("Remote Address")
    @Nullable String remoteAddress;

    @Label("Protocol")
    @Nullable String protocol;

    @Label("Cipher Suite")
    @Nullable String cipherSuite;

    @Label("Failure")
    @Nullable String failure;

    @Override
    public void negotiated(String protocol, String cipherSuite) {
        this.protocol = protocol;
        this.cipherSuite = cipherSuite;
    }

    @Override
    void fill(SocketAddress remote, @Nullable Throwable failure) {
        remoteAddress = Flight.text(remote);
        this.failure = Flight.text(failure);
    }
}
