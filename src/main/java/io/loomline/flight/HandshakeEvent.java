package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
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
final class HandshakeEvent extends Event implements HandshakeSpan {
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
    public void end(SocketAddress remote, @Nullable Throwable failure) {
        end();
        try {
            commit(remote, failure);
        } catch (Throwable e) {
            Flight.drop(e);
        }
    }

    private void commit(SocketAddress remote, @Nullable Throwable failure) {
        if (!shouldCommit()) return;
        remoteAddress = Flight.text(remote);
        this.failure = Flight.text(failure);
        commit();
    }
}
