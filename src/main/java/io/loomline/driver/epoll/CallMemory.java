package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.loomline.driver.carrier.Carriers;
import io.loomline.driver.libc.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Memory outside the heap for the calls of one thread of the system at a time: a cell for the
 * kernel's error number, and room for the bytes of small transfers.
 *
 * <p>A call that is given an array needs objects that describe the array. The compiler removes them
 * only where it has inlined the whole call. A call with this memory needs none, and a small copy
 * costs less.
 *
 * <p><i>Threads:</i> a virtual thread may use it between two points at which it could leave its
 * carrier.
 */
@SuppressWarnings("restricted")
final class CallMemory {
    /** Several small messages, in an eighth of a core's first-level cache. */
    static final int BYTES = 4 * 1024;

    private static final MethodHandle PTHREAD_SELF = Libc.leaf(JAVA_LONG, "pthread_self");

    private static final VarHandle USED;

    static {
        try {
            USED = MethodHandles.lookup().findVarHandle(CallMemory.class, "used", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** More than twice the carriers, so that each usually has its own; a power of two. */
    private static final CallMemory[] ALL =
            new CallMemory[Integer.highestOneBit(Carriers.COUNT) * 4];

    /** Spreads the addresses of threads, which are multiples of large powers of two. */
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private static final int SHIFT = Long.SIZE - Integer.numberOfTrailingZeros(ALL.length);

    static {
        for (int i = 0; i < ALL.length; i++) ALL[i] = new CallMemory();
    }

    /** Threads on different cores write to different lines of the cache. */
    private static final int CACHE_LINE_BYTES = 64;

    final MemorySegment bytes = Arena.global().allocate(BYTES, CACHE_LINE_BYTES);
    final long address = bytes.address();

    /** The cell for the error number. */
    final MemorySegment errno = Arena.global().allocate(CACHE_LINE_BYTES, CACHE_LINE_BYTES);

    private boolean used;

    private CallMemory() {}

    /** Takes memory, which {@link #leave} returns. */
    @SuppressWarnings("ThreadPriorityCheck") // see the comment at the call
    static CallMemory enter() {
        int first = (int) ((self() * GOLDEN_RATIO) >>> SHIFT);
        for (int i = 0; ; i++) {
            CallMemory memory = ALL[(first + i) & (ALL.length - 1)];
            if (USED.compareAndSet(memory, false, true)) return memory;
            // other threads of the system use all of it, and need a core to go on
            if (i % ALL.length == ALL.length - 1) Thread.yield();
        }
    }

    void leave() {
        USED.setRelease(this, false);
    }

    int error() {
        return errno.get(JAVA_INT, 0);
    }

    private static long self() {
        try {
            return (long) PTHREAD_SELF.invokeExact();
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
