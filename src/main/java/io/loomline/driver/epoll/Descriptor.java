package io.loomline.driver.epoll;

import io.loomline.driver.libc.Libc;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedChannelException;

/**
 * The number of an open file. It is never used after it was freed, because the kernel assigns it to
 * the next opened file. Each use is announced, and the last user of a closed descriptor frees it.
 *
 * <pre>
 *   open, n users ──close──▶ closed, n users ──the last exits──▶ freed
 *        │ no user                                                ▲
 *        └────────close───────────────────────────────────────────┘
 * </pre>
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man2/close.2.html">close(2)</a>: "It
 * is probably unwise to close file descriptors while they may be in use by system calls in other
 * threads in the same process."
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

    /** Added to the number of users by the close. No use begins from then on. */
    private static final int CLOSED = 1 << 30;

    private static final int FREED = -1;

    private final int number;

    /** The number of users, plus {@link #CLOSED} once closed; or {@link #FREED}. */
    private volatile int state;

    Descriptor(int number) {
        this.number = number;
    }

    /** Announces a use, which ends with {@link #exit}. Returns the descriptor's number. */
    int enter() throws ClosedChannelException {
        if (!tryEnter()) throw new ClosedChannelException();
        return number;
    }

    /** Announces a use. Returns false if the descriptor is closed. */
    boolean tryEnter() {
        int users;
        do {
            users = state;
            if (users < 0 || users >= CLOSED) return false;
            assert users + 1 < CLOSED : users + " users of descriptor " + number;
        } while (!STATE.compareAndSet(this, users, users + 1));
        return true;
    }

    void exit() {
        int left = (int) STATE.getAndAdd(this, -1) - 1;
        assert left >= 0 && left != CLOSED - 1 : "exit without enter from descriptor " + number;
        if (left == CLOSED) free();
    }

    /** A use of a descriptor. */
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

    /** Whether the number was returned to the kernel. */
    boolean isFreed() {
        return state == FREED;
    }

    /** Waits until the last user of a closed descriptor has left. Its calls do not block. */
    @SuppressWarnings("ThreadPriorityCheck") // the users leave within microseconds
    void awaitFreed() {
        while (!isFreed()) Thread.yield();
    }

    /** Prevents further uses, and frees the number after the last one. False if already closed. */
    boolean close() {
        int users;
        do {
            users = state;
            if (users < 0 || users >= CLOSED) return false;
        } while (!STATE.compareAndSet(this, users, users + CLOSED));
        if (users == 0) free();
        return true;
    }

    /** Called once, by the thread that saw the number of users drop to 0. */
    private void free() {
        assert state == CLOSED : "descriptor " + number + " freed in state " + state;
        Libc.close(number);
        state = FREED;
    }
}
