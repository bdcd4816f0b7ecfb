package io.loomline.driver;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;

/**
 * A channel over a socket of the kernel that remembers how its connection was lost. The kernel
 * reports a socket's error to one call only, SO_ERROR in socket(7). The reads that follow see the
 * end of the input, so without this memory a stream that was cut would look whole.
 *
 * <pre>
 *   writer:  beginWrite ── call, which may take the error ── lost ── endWrite
 *   reader:  call, which sees the end ── a writer is under way: look again ── lost: throw ── the end
 * </pre>
 *
 * <p>A writer may have taken the error without having recorded it yet. A reader that sees the end
 * meanwhile reports that nothing is there, and looks again. The kernel's lock on the socket orders
 * the begin of the write before what the reader sees.
 *
 * <p><i>Threads:</i> as for a channel, one reader and one writer at a time.
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

    /** What ended the connection; set by the call that got it, and never cleared. */
    private volatile @Nullable IOException loss;

    /** Whether the writer is between begin and end; written by the writer, through the handle. */
    @SuppressWarnings("unused")
    private boolean writing;

    /** For subclasses. */
    protected SocketStream() {}

    /**
     * Announces a call that writes, which may receive the socket's error. {@link #endWrite} follows
     * it in any case.
     *
     * @throws IOException if the connection is lost
     */
    protected final void beginWrite() throws IOException {
        requireNotLost();
        WRITING.setRelease(this, true);
    }

    /** The call has returned, and a loss that it met is recorded. */
    protected final void endWrite() {
        WRITING.setRelease(this, false);
    }

    /**
     * Records that the connection is lost.
     *
     * @param error what a call got
     * @return the error
     */
    protected final IOException lost(IOException error) {
        loss = error;
        return error;
    }

    /**
     * What a read returns that has seen the end of the input.
     *
     * @return -1; 0 while a write is under way, which may know better
     * @throws IOException if the connection is lost
     */
    protected final int endOfInput() throws IOException {
        if ((boolean) WRITING.getAcquire(this)) return 0;
        requireNotLost();
        return -1;
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
}
