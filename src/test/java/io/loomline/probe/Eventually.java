package io.loomline.probe;

import java.util.Arrays;
import java.util.function.BooleanSupplier;

/** Waits for a state that sends no notification. The time limit of the test bounds the wait. */
public final class Eventually {
    private Eventually() {}

    /** Returns when the condition holds. */
    @SuppressWarnings(
            "ThreadPriorityCheck") // the thread that brings about the state may need our core
    public static void holds(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            if (Thread.interrupted())
                throw new InterruptedException("the condition was never true");
            Thread.yield();
        }
    }

    /** Returns when the thread is waiting inside a method of that name. */
    public static void waitsIn(Thread thread, String method) throws InterruptedException {
        holds(() -> hasEnded(thread) || isWaitingIn(thread, method));
        if (hasEnded(thread)) throw new AssertionError("ended without waiting in " + method);
    }

    private static boolean hasEnded(Thread thread) {
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
