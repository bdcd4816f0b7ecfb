package io.loomline.flight;

import jdk.jfr.Description;
import jdk.jfr.Label;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/** A wait of a thread for its connection. */
abstract class WaitEvent extends SpanEvent {
    @Label("Remote Address")
    @Nullable String remoteAddress;

    @Label("Interrupted")
    @Description("Whether a cancel or a timeout scope ended the wait")
    boolean interrupted;

    @Override
    void fill(SocketAddress remote, @Nullable Throwable failure) {
        remoteAddress = Flight.text(remote);
        interrupted = failure instanceof InterruptedException;
    }
}
