package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.testing.ManualClock;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A body that ignores cancels: it waits in a JDK call, catches the interrupt, and waits again,
 * until {@link #end} is called.
 */
public final class UnresponsiveBody implements TaskBody {
    private final ManualClock clock;
    private final List<Long> interruptedAt = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private volatile Thread waiting;

    public UnresponsiveBody(ManualClock clock) {
        this.clock = clock;
    }

    @Override
    public void run() {
        boolean ended = false;
        while (!ended) {
            waiting = Thread.currentThread();
            try {
                mayEnd.await();
                ended = true;
            } catch (InterruptedException e) {
                interruptedAt.add(clock.nanoTime());
            }
        }
    }

    /** Lets the body end. */
    public void end() {
        mayEnd.countDown();
    }

    public boolean mayEnd() {
        return mayEnd.getCount() == 0;
    }

    public int interrupts() {
        return interruptedAt.size();
    }

    /** Waits until the body was interrupted a number of times and waits again. */
    public void awaitInterrupts(int count) {
        TestTree.awaitTrue(count + " interrupts", () -> interrupts() == count && isWaiting());
    }

    public boolean isWaiting() {
        Thread thread = waiting;
        return thread != null
                && thread.getState() == Thread.State.WAITING
                && !thread.isInterrupted();
    }

    /** Blocks twice and swallows both interrupts: the cancel's and the watchdog's. */
    public static void swallowTwo() {
        assertThrows(InterruptedException.class, TestTree::block);
        assertThrows(InterruptedException.class, TestTree::block);
        sneak(new InterruptedException("the third interrupt"));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Throwable> void sneak(Throwable e) throws X {
        throw (X) e;
    }
}
