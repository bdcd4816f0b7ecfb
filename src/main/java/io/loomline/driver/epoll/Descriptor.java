package io.loomline.driver.epoll;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedChannelException;

/**
 * The number of an open file. It is never used after it went back to the kernel, which gives it to
 * the next file that is opened: each use is announced, and the last user of a closed one frees it.
 *
 * <pre>
 *   open, n users ──close──▶ closed, n users ──the last exits──▶ freed
 *        │ no user                                                ▲
 *        └────────close───────────────────────────────────────────┘
 * </pre>
 */
final class Descriptor {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Descriptor.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Added to the number of users; nobody enters from then on. */
    private static final int CLOSED = 1 << 30;

    private static final int FREED = -1;

    private final int number;

    /** The number of users, with {@link #CLOSED}; or {@link #FREED}. */
    private volatile int state;

    Descriptor(int number) {
        this.number = number;
    }

    /** Announces a use, which ends with {@link #exit}. Returns the number. */
    int enter() throws ClosedChannelException {
        if (!tryEnter()) throw new ClosedChannelException();
        return number;
    }

    /** Announces a use, unless it is closed. */
    boolean tryEnter() {
        int users;
        do {
            users = state;
            if (users < 0 || users >= CLOSED) return false;
        } while (!STATE.compareAndSet(this, users, users + 1));
        return true;
    }

    void exit() {
        int left = (int) STATE.getAndAdd(this, -1) - 1;
        if (left == CLOSED) free();
    }

    /** What is done with a number. */
    interface Use<T> {
        T of(int number) throws IOException;
    }

    <T> T use(Use<T> use) throws IOException {
        int held = enter();
        try {
            return use.of(held);
        } finally {
            exit();
        }
    }

    boolean isClosed() {
        int now = state;
        return now < 0 || now >= CLOSED;
    }

    /** Whether the kernel has it back. */
    boolean isFreed() {
        return state == FREED;
    }

    /** For a closed one: returns when its last user has left, which no call takes long to do. */
    @SuppressWarnings("ThreadPriorityCheck") // whoever is inside a call leaves it in a moment
    void awaitFreed() {
        while (!isFreed()) Thread.yield();
    }

    /**
     * Lets nobody enter any more, and frees the number once nobody uses it; false if that was so.
     */
    boolean close() {
        int users;
        do {
            users = state;
            if (users < 0 || users >= CLOSED) return false;
        } while (!STATE.compareAndSet(this, users, users + CLOSED));
        if (users == 0) free();
        return true;
    }

    /** By the one who saw the last user go; so it happens once. */
    private void free() {
        Libc.close(number);
        state = FREED;
    }
}
