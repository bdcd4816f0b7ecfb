package io.loomline.net.write;

import java.io.IOException;
import java.net.SocketTimeoutException;

/**
 * Sends what writes have left in the buffer, when its connection's task waits for input or, at the
 * latest, when the flusher finds it there twice.
 */
public final class DeferredFlush implements AutoFlusher.Unsent {
    private final Sender sender;
    private final AutoFlusher flusher;

    /** Whether a thread is about to send: set by whoever starts it, cleared under the lock. */
    private volatile boolean sending;

    /** Which filling of the buffer the last look met. The flusher's. */
    private int filling;

    DeferredFlush(Sender sender, AutoFlusher flusher) {
        this.sender = sender;
        this.flusher = flusher;
    }

    /** Under the sender's lock: leaves the bytes in the buffer, if somebody sees to them. */
    boolean tryLeave() {
        return sending || flusher.watch(this);
    }

    /** Under the sender's lock: leaves what is in the buffer; it is sent some time. */
    void leave() {
        if (!sender.unsent().isEmpty() && !tryLeave()) sendElsewhere();
    }

    /** Under the sender's lock: there are no bytes any more. */
    void emptied() {
        flusher.forget(this);
    }

    /** Sends what can be sent; a peer that does not read, or has gone, is no obstacle. */
    void tryNow() {
        if (sender.unsent().isEmpty() || !sender.tryLock()) return; // whoever has the lock sends
        try {
            if (!sender.trySendUnsent()) leave();
        } catch (IOException e) {
            // the next write says so; what the peer sent before it went is still to be read
        } finally {
            sender.unlock();
        }
    }

    @Override
    public boolean isEmpty() {
        return sender.unsent().isEmpty();
    }

    @Override
    public boolean noteLook() {
        int before = filling;
        filling = sender.unsent().fillings();
        return filling == before;
    }

    @Override
    public void sendElsewhere() {
        sending = true;
        try {
            Thread.ofVirtual().inheritInheritableThreadLocals(false).start(this::send);
        } catch (Throwable e) { // such as that there is no memory for it: the next look tries again
            sending = false;
            if (!flusher.watch(this)) throw e;
        }
    }

    /** Waits for a peer that does not read, or for a write that holds the lock. */
    private void send() {
        sender.lockUninterruptibly();
        try {
            sending = false;
            sender.sendInBackground();
            leave(); // what is left if it made way for a caller, which may be cancelled
        } catch (SocketTimeoutException e) {
            leave(); // one day the peer may read again
        } catch (IOException | InterruptedException | RuntimeException e) {
            // closed, lost, or a fault of its driver: the connection's next call says so; nobody
            // can interrupt this thread
        } catch (Error e) { // such as that there is no memory
            sender.abort();
            throw e;
        } finally {
            sender.unlock();
        }
    }
}
