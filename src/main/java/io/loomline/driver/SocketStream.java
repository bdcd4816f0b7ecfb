package io.loomline.driver;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;

/**
 * A channel over a kernel socket that remembers how its connection was lost. The kernel reports a
 * socket's error to one call only. Later reads return the end of the input, so without this memory
 * a truncated stream would look complete.
 *
 * <pre>
 *   writer:  beginWrite ── call, which may receive the error ── lost ── endWrite
 *   reader:  call, which returns the end ── a write is in progress: retry ── lost: throw ── the end
 * </pre>
 *
 * <p>A writer may have received the error without having recorded it yet. A reader that gets the
 * end during a write returns 0, and its caller retries. The kernel's lock on the socket orders the
 * begin of the write before the end that the reader sees.
 *
 * <p><i>Threads:</i> as for a channel, one reader and one writer at a time.
 *
 * <p><i>Source:</i> SO_ERROR in <a
 * href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>: "Get and clear the
 * pending socket error."
 */
public abstract class SocketStream implements Channel {
    private static final VarHandle WRITING;

    static {
        try {
            WRITING =
                    MethodHandles.lookup()
                            .findVarHandle(SocketStream.class, "writing", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SocketAddress remote;
    private final SocketAddress local;

    /** The error that ended the connection; set by the call that received it, never cleared. */
    private volatile @Nullable IOException loss;

    /** True between begin and end of a write; written by the writer, through the handle. */
    @SuppressWarnings("unused")
    private boolean writing;

    /**
     * Creates a channel between two addresses.
     *
     * @param remote the peer's address
     * @param local the address of this side
     */
    protected SocketStream(SocketAddress remote, SocketAddress local) {
        this.remote = remote;
        this.local = local;
    }

    /**
     * Announces a write, which may receive the socket's error. The caller calls {@link #endWrite}
     * afterwards, even if the write throws.
     *
     * @throws IOException if the connection is lost
     */
    protected final void beginWrite() throws IOException {
        requireNotLost();
        assert !writing : "two threads write to " + remote + " at the same time";
        WRITING.setRelease(this, true);
    }

    /** Announces that the write has returned, after its loss, if any, was recorded. */
    protected final void endWrite() {
        assert writing : "the write to " + remote + " was not announced";
        WRITING.setRelease(this, false);
    }

    /**
     * Records that the connection is lost.
     *
     * @param error the error that a call received
     * @return the error
     */
    protected final IOException lost(IOException error) {
        loss = error;
        return error;
    }

    /**
     * The result of a read that has reached the end of the input.
     *
     * @return -1; 0 while a write is in progress, which may have received an error
     * @throws IOException if the connection is lost
     */
    protected final int endOfInput() throws IOException {
        if ((boolean) WRITING.getAcquire(this)) return 0;
        requireNotLost();
        return -1;
    }

    @Override
    public final boolean isLost() {
        return loss != null;
    }

    private void requireNotLost() throws IOException {
        IOException present = loss;
        if (present == null) return;
        if (isClosed()) throw new ClosedChannelException();
        throw new SocketException(present.getMessage(), present);
    }

    /**
     * Whether the channel was closed on this side.
     *
     * @return true if so
     */
    protected abstract boolean isClosed();

    /**
     * Makes {@link #close} drop unsent bytes and reset the connection, if this kind of socket can.
     *
     * @throws IOException if the channel is closed
     */
    protected abstract void resetOnClose() throws IOException;

    /**
     * {@inheritDoc}
     *
     * <p>The peer of a Unix-domain socket sees a reset only if this side has left input unread.
     */
    @Override
    public final void abort() {
        try {
            if (!isLost()) resetOnClose();
        } catch (IOException e) {
            // closed already: no connection is left to reset
        }
        close();
    }

    @Override
    public final SocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public final SocketAddress localAddress() {
        return local;
    }
}
