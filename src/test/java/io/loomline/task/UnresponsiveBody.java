package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.testing.ManualClock;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A body that does not listen to a cancel: it waits by the JDK's means, catches the interrupt, and
 * waits again, until it is told to listen.
 */
public final class UnresponsiveBody implements TaskBody {
    private final ManualClock clock;
    private final List<Long> interruptedAt = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch mayListen = new CountDownLatch(1);
    private volatile Thread waiting;

    public UnresponsiveBody(ManualClock clock) {
        this.clock = clock;
    }

    @Override
    public void run() {
        boolean over = false;
        while (!over) {
            waiting = Thread.currentThread();
            try {
                mayListen.await();
                over = true;
            } catch (InterruptedException e) {
                interruptedAt.add(clock.nanoTime());
            }
        }
    }

    /** Lets it end at last. */
    public void listen() {
        mayListen.countDown();
    }

    public boolean mayListen() {
        return mayListen.getCount() == 0;
    }

    public int interrupts() {
        return interruptedAt.size();
    }

    /** Waits until it has been interrupted so often, and waits again for another time. */
    public void awaitInterrupts(int count) {
        TestTree.awaitTrue(count + " interrupts", () -> interrupts() == count && isWaiting());
    }

    public boolean isWaiting() {
        Thread thread = waiting;
        return thread != null
                && thread.getState() == Thread.State.WAITING
                && !thread.isInterrupted();
    }

    /** Blocks twice, and swallows what cuts it each time; the reminder is what cuts the second. */
    public static void swallowTwo() {
        assertThrows(InterruptedException.class, TestTree::block);
        assertThrows(InterruptedException.class, TestTree::block);
        sneak(new InterruptedException("heard at last"));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Throwable> void sneak(Throwable e) throws X {
        throw (X) e;
    }
}
