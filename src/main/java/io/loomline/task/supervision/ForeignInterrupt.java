package io.loomline.task.supervision;

/**
 * An interrupt that came from outside of the tree, and that a call of Loomline has taken out of the
 * thread's status: no scope that ends at the same moment may pass it off as its own.
 */
@SuppressWarnings("serial") // has no state
public final class ForeignInterrupt extends InterruptedException {
    public ForeignInterrupt() {
        super("the thread was interrupted");
    }
}
