package io.loomline.task.supervision;

/**
 * An interrupt that no cancel in the tree has caused. A call of Loomline has cleared it from the
 * thread's interrupt status. A scope that expires at the same moment must pass this exception on
 * and not treat it as its own cancel.
 */
@SuppressWarnings("serial") // has no state
public final class ForeignInterrupt extends InterruptedException {
    public ForeignInterrupt() {
        super("the thread was interrupted");
    }
}
