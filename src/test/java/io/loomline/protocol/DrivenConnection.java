package io.loomline.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;

/** A connection that a protocol drives, with its peer for a test. */
record DrivenConnection(Link link, Call<Boolean> call) implements AutoCloseable {
    static DrivenConnection over(Medium medium, Protocol protocol) {
        return over(medium, protocol, ProtocolOptions.DEFAULT);
    }

    static DrivenConnection over(Medium medium, Protocol protocol, ProtocolOptions options) {
        Link link = medium.open();
        Call<Boolean> call = Call.running(() -> Protocols.run(link.here(), protocol, options));
        return new DrivenConnection(link, call);
    }

    Connection peer() {
        return link.there();
    }

    /** Waits until the connection has ended, and returns the cause passed to the protocol. */
    Throwable end(Recorder recorder) throws Exception {
        call.awaitEnd();
        assertEquals("disconnected", recorder.events.getLast());
        return recorder.disconnected.getNow(new AssertionError("disconnected() has not run"));
    }

    @Override
    public void close() {
        link.close();
        call.cancel();
        try {
            call.awaitEnd();
        } catch (InterruptedException e) {
            throw new AssertionError("the connection does not end", e);
        }
    }
}
