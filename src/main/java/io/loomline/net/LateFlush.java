package io.loomline.net;

import java.io.IOException;
import java.net.SocketTimeoutException;

/**
 * Sends what writes have left in the buffer, when its connection's task waits for input or, at the
 * latest, when the flusher comes by.
 */
final class LateFlush implements Flusher.Unsent {
    private final Sender sender;
    private final Flusher flusher;

    /** Whether the flusher knows of us. Guarded by the sender's lock. */
    private boolean requested;

    LateFlush(Sender sender, Flusher flusher) {
        this.sender = sender;
        this.flusher = flusher;
    }

    /** Under the sender's lock. */
    void request() {
        if (requested) return;
        requested = true;
        flusher.later(this);
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
    public void flushLater() {
        boolean sent = false;
        if (sender.tryLock()) {
            try {
                requested = false;
                sent = sender.trySendUnsent();
            } catch (IOException | RuntimeException e) {
                return; // lost, or a fault of its driver: the connection's next call says so
            } finally {
                sender.unlock();
            }
        }
        if (!sent) Thread.startVirtualThread(this::flush);
    }

    /** Waits for a peer that does not read, or for a write that holds the lock. */
    private void flush() {
        sender.lockUninterruptibly();
        try {
            requested = false;
            sender.sendUnsentPatiently();
        } catch (SocketTimeoutException e) {
            request(); // gives way to a write that waits; one day the peer may read again
        } catch (IOException | InterruptedException e) {
            // closed, or lost: the connection's next call says so; nobody can interrupt this thread
        } finally {
            sender.unlock();
        }
    }
}
