package io.loomline.net.read;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Admits one reader at a time.
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

    /**
     * The id of the thread inside a read. Every thread sets it from {@code NONE} to its own id and
     * back. It is not the thread itself, because storing a reference costs a barrier of the garbage
     * collector.
     */
    @SuppressWarnings("unused") // by the handle
    private volatile long readerId;

    /** Admits the calling thread. Returns the id of the present reader; {@link #NONE} if none. */
    final long admit() {
        return (long) READER.compareAndExchange(this, NONE, Thread.currentThread().threadId());
    }

    final void leave() {
        assert readerId == Thread.currentThread().threadId() : "only the reader leaves";
        READER.setRelease(this, NONE);
    }
}
