package io.loomline.net;

import io.loomline.net.read.ByteReader;
import io.loomline.task.Action;
import io.loomline.task.Clock;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/** Code that runs until its peer ends. See {@link Connection#untilPeerEnds}. */
final class PeerWatch {
    private final ByteReader input;
    private final Clock clock;

    PeerWatch(ByteReader input, Clock clock) {
        this.input = input;
        this.clock = clock;
    }

    /** Cancels the body at the end of the input. */
    private static final class PeerEndedException extends IOException {
        private static final long serialVersionUID = 1;
    }

    /** Returns whether the peer's end cut the body. */
    <X extends Exception> boolean run(Action<X> body) throws X, IOException, InterruptedException {
        try {
            CallersScope.<@Nullable Void, X>run(
                    "until peer ends",
                    clock,
                    group -> {
                        runIn(group, body);
                        return null;
                    });
            return false;
        } catch (PeerEndedException e) {
            return true;
        }
    }

    private <X extends Exception> void runIn(TaskGroup group, Action<X> body)
            throws X, InterruptedException {
        var watching = new CountDownLatch(1);
        Task<Void> watch = group.start("peer watch", () -> failAtTheEnd(watching));
        try {
            watching.await(); // from now on the code cannot read
            body.run();
        } finally {
            watch.cancel();
        }
    }

    private void failAtTheEnd(CountDownLatch watching) throws IOException, InterruptedException {
        input.awaitEnd(watching::countDown);
        throw new PeerEndedException();
    }
}
