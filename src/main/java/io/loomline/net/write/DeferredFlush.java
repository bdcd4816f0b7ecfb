package io.loomline.net.write;

import io.loomline.concurrent.Threads;

import java.io.IOException;
import java.net.SocketTimeoutException;

/**
 * Sends the bytes that writes left in the buffer. It does so before the connection's task waits for
 * input and, at the latest, when the flusher finds the same bytes in two scans.
 */
public final class DeferredFlush implements AutoFlusher.Unsent {
    private final Sender sender;
    private final AutoFlusher flusher;

    /**
     * Whether a background thread is about to send. Set by the thread that starts it, cleared under
     * the sender's lock.
     */
    private volatile boolean sending;

    /** The filling of the buffer at the last scan. Only the flusher uses it. */
    private int filling;

    /**
     * The last filling that the flusher watches, so that only the first write of each asks for it.
     * Written under the sender's lock, or by the flusher.
     */
    private volatile int watched;

    DeferredFlush(Sender sender, AutoFlusher flusher) {
        this.sender = sender;
        this.flusher = flusher;
    }

    /**
     * Leaves the bytes in the buffer. Requires the sender's lock.
     *
     * @return false if the flusher has no slot, so that the caller must send
     */
    boolean tryLeave() {
        int present = sender.unsent().fillings();
        if (present == watched || sending) return true;
        if (!flusher.watch(this)) return false;
        watched = present;
        return true;
    }

    @Override
    public void forget() {
        watched = sender.unsent().fillings() - 1;
    }

    /** Leaves the bytes in the buffer, to be sent in the background. Requires the sender's lock. */
    void leave() {
        if (!sender.unsent().isEmpty() && !tryLeave()) sendInBackground();
    }

    /** Called under the sender's lock when the buffer becomes empty. */
    void emptied() {
        flusher.unwatch(this);
    }

    /** Sends as much as the channel takes now. Does not fail if the peer is slow or has gone. */
    void tryNow() {
        if (sender.unsent().isEmpty() || !sender.lock().tryLockToSend())
            return; // the lock's holder sends
        try {
            if (!sender.trySendUnsent()) leave();
        } catch (IOException e) {
            // reported by the next write; input that the peer sent before is still to be read
        } finally {
            sender.lock().unlockWithoutTurn();
        }
    }

    @Override
    public boolean isEmpty() {
        return sender.unsent().isEmpty();
    }

    @Override
    public boolean recordScan() {
        int before = filling;
        filling = sender.unsent().fillings();
        return filling == before;
    }

    @Override
    public void sendInBackground() {
        sending = true;
        try {
            var _ = Threads.startVirtual(this::send);
        } catch (Throwable e) { // such as a lack of memory: the next scan tries again
            sending = false;
            forget();
            if (!flusher.watch(this)) throw e;
        }
    }

    /** Waits for the lock and for a peer that does not read. */
    private void send() {
        sender.lock().lockToSend();
        try {
            sending = false;
            forget();
            sender.sendInBackground();
            leave(); // the rest, if it yielded to a caller, because that call may be cancelled
        } catch (SocketTimeoutException e) {
            leave(); // the peer may read again later
        } catch (IOException | InterruptedException | RuntimeException e) {
            // closed, lost, or a fault of the driver: reported by the next call. This thread is
            // never interrupted
        } catch (Error e) { // such as a lack of memory
            sender.abort();
            throw e;
        } finally {
            sender.lock().unlockWithoutTurn();
        }
    }
}
