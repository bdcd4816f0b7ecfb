package io.loomline.net.read;

import io.loomline.net.buffer.ReadBuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Admits one reader at a time to the window.
 *
 * <pre>
 *   no reader ◀──leave, admit──▶ a thread reads
 * </pre>
 */
abstract class ReaderAdmission {
    private static final VarHandle READER;

    /** The value of {@code readerId} while no thread reads; thread ids are positive. */
    static final long NONE = 0;

    static {
        try {
            READER =
                    MethodHandles.lookup()
                            .findVarHandle(ReaderAdmission.class, "readerId", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The unread bytes. */
    final ReadBuffer window;

    /**
     * The id of the thread inside a read. Every thread sets it from {@code NONE} to its own id and
     * back. It is not the thread itself, because storing a reference costs a barrier of the garbage
     * collector.
     */
    @SuppressWarnings("unused") // by the handle
    private volatile long readerId;

    /** Whether the window was filled since the last read ended. Used by the reader. */
    private boolean filled;

    ReaderAdmission(ReadBuffer window) {
        this.window = window;
    }

    /** The unread bytes. */
    final ReadBuffer window() {
        return window;
    }

    /** Admits the calling thread. Returns the id of the present reader; {@link #NONE} if none. */
    final long admit() {
        return (long) READER.compareAndExchange(this, NONE, Thread.currentThread().threadId());
    }

    /** Notes that the window was filled from the channel. */
    final void windowFilled() {
        filled = true;
    }

    /**
     * Ends a read. The first one that ends after the window was filled leaves the rest in a buffer
     * of about its size, because the reader may do other things before it reads on.
     */
    final void leave() {
        assert readerId == Thread.currentThread().threadId() : "only the reader leaves";
        try {
            if (filled) window.trim();
        } catch (OutOfMemoryError e) {
            // the rest stays where it is
        } finally {
            filled = false;
            READER.setRelease(this, NONE);
        }
    }
}
