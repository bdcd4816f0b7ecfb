package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

@Name("io.loomline.Connect")
@Label("Connect")
@Category("Loomline")
@Description("A connection was established, or failed: look-up, proxy and TLS included")
@Enabled(false)
@StackTrace(true)
final class ConnectEvent extends SpanEvent {
    /** Tells whether the event is enabled. */
    static final ConnectEvent PROBE = new ConnectEvent();

    @Label("Remote Address")
    @Description("As given to connect")
    @Nullable String remoteAddress;

    @Label("Failure")
    @Nullable String failure;

    @Override
    void fill(SocketAddress remote, @Nullable Throwable failure) {
        remoteAddress = Flight.text(remote);
        this.failure = Flight.text(failure);
    }
}
