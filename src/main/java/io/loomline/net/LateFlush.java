package io.loomline.net;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketTimeoutException;

/**
 * Sends what writes have left in the buffer, when its connection's task waits for input or, at the
 * latest, when the flusher finds it there twice.
 */
final class LateFlush implements Flusher.Unsent {
    private static final VarHandle WATCHED;

    static {
        try {
            WATCHED =
                    MethodHandles.lookup().findVarHandle(LateFlush.class, "watched", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Sender sender;
    private final Flusher flusher;

    /** Whether the flusher knows of us, or a thread of ours sends. */
    private volatile boolean watched;

    /** What the buffer held at the last look. The flusher's. */
    private int seen;

    LateFlush(Sender sender, Flusher flusher) {
        this.sender = sender;
        this.flusher = flusher;
    }

    /** Under the sender's lock, after bytes were left. */
    void request() {
        if (!watched && WATCHED.compareAndSet(this, false, true)) flusher.watch(this);
    }

    /** Sends what can be sent; a peer that does not read, or has gone, is no obstacle. */
    void tryNow() {
        if (sender.unsent().isEmpty() || !sender.tryLock()) return; // whoever has the lock sends
        try {
            if (!sender.trySendUnsent()) request();
        } catch (IOException e) {
            // the next write says so; what the peer sent before it went is still to be read
        } finally {
            sender.unlock();
        }
    }

    @Override
    public boolean look() {
        WriteBuffer unsent = sender.unsent();
        if (unsent.isEmpty()) {
            watched = false;
            // bytes may have been left in the meantime, by somebody who saw that it was watched
            return !unsent.isEmpty() && WATCHED.compareAndSet(this, false, true);
        }
        int fillings = unsent.fillings();
        if (seen != fillings) {
            seen = fillings;
            return true;
        }
        Thread.startVirtualThread(this::flush); // the clock's thread must not do I/O
        return false;
    }

    /** Waits for a peer that does not read, or for a write that holds the lock. */
    private void flush() {
        sender.lockUninterruptibly();
        try {
            watched = false;
            sender.sendUnsentPatiently();
        } catch (SocketTimeoutException e) {
            request(); // gives way to a write that waits; one day the peer may read again
        } catch (IOException | InterruptedException | RuntimeException e) {
            // closed, lost, or a fault of its driver: the connection's next call says so; nobody
            // can interrupt this thread
        } finally {
            sender.unlock();
        }
    }
}
