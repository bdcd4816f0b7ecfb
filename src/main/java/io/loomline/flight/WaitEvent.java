package io.loomline.flight;

import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/** A wait of a thread for its connection. */
abstract class WaitEvent extends Event implements Span {
    @Label("Remote Address")
    @Nullable String remoteAddress;

    @Label("Interrupted")
    @Description("Whether a cancel or a timeout scope ended the wait")
    boolean interrupted;

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
        interrupted = failure instanceof InterruptedException;
        commit();
    }
}
