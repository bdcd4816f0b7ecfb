package io.loomline.probe;

import java.util.Arrays;
import java.util.function.BooleanSupplier;

/** Waits for a state that nothing announces. A wait without end runs into the test's time limit. */
public final class Eventually {
    private Eventually() {}

    /** Returns when the condition holds. */
    @SuppressWarnings(
            "ThreadPriorityCheck") // whoever is to bring the state about may need our core
    public static void holds(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            if (Thread.interrupted()) throw new InterruptedException("the state never came");
            Thread.yield();
        }
    }

    /** Returns when the thread waits inside a method of that name. */
    public static void waitsIn(Thread thread, String method) throws InterruptedException {
        holds(() -> isOver(thread) || isWaitingIn(thread, method));
        if (isOver(thread)) throw new AssertionError("ended without waiting in " + method);
    }

    private static boolean isOver(Thread thread) {
        return thread.getState() == Thread.State.TERMINATED;
    }

    static boolean isWaitingIn(Thread thread, String method) {
        return isWaiting(thread) && isInside(thread, method);
    }

    private static boolean isWaiting(Thread thread) {
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING -> true;
            default -> false;
        };
    }

    private static boolean isInside(Thread thread, String method) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals(method));
    }
}
