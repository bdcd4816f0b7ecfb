package io.loomline.net.wire;

import io.loomline.task.Task;

/** Tells an interrupt that delivers a cancel from any other interrupt. */
public final class Interrupts {
    private Interrupts() {}

    /**
     * Restores the interrupt status that the wait has cleared, if the interrupt delivered a cancel:
     * cancellation is a state, so the next call must throw too.
     *
     * @param interrupt the exception of a wait that was interrupted
     * @return the same exception, for the caller to throw, if the caller is not cancelled
     * @throws InterruptedException if the caller is cancelled
     */
    public static InterruptedException cancelOr(InterruptedException interrupt)
            throws InterruptedException {
        Task.checkCancelled();
        return interrupt;
    }
}
