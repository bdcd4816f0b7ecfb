package io.loomline.net.read;

import io.loomline.concurrent.Threads;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** A call on a virtual thread of its own, for which the calling thread waits. */
final class SeparateCall implements Runnable {
    /** The call. */
    interface Body {
        void run() throws IOException, InterruptedException;
    }

    private final Body body;

    /** Written before the thread ends, read after. */
    private @Nullable Throwable failure;

    private SeparateCall(Body body) {
        this.body = body;
    }

    /**
     * Runs a body. <i>Blocks</i> until it has ended.
     *
     * <p><i>Cancellation:</i> an interrupt is passed on to the body.
     *
     * @throws InterruptedException if the body throws it; the interrupt status is then cleared
     */
    static void run(Body body) throws IOException, InterruptedException {
        var call = new SeparateCall(body);
        Thread thread = Threads.startVirtual(call);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        boolean cut = call.failure instanceof InterruptedException;
        if (interrupted && !cut) Thread.currentThread().interrupt(); // for the next call
        call.rethrow();
    }

    @Override
    public void run() {
        try {
            body.run();
        } catch (Throwable e) { // for the calling thread
            failure = e;
        }
    }

    private void rethrow() throws IOException, InterruptedException {
        switch (failure) {
            case null -> {}
            case IOException e -> throw e;
            case InterruptedException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError("a body throws no other", failure);
        }
    }
}
