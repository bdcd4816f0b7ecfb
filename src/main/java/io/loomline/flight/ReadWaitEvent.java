package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

@Name("io.loomline.ReadWait")
@Label("Read Wait")
@Category("Loomline")
@Description("A thread waited until its connection had input")
@Enabled(false)
@StackTrace(true)
@Threshold("20 ms")
final class ReadWaitEvent extends Event implements Span {
    /** Tells whether the event is enabled. */
    static final ReadWaitEvent PROBE = new ReadWaitEvent();

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
