package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The C library. Its functions are called so that they return what they return, or the number of
 * the error as a negative one.
 *
 * <p>Nearly all are <i>critical</i>: the thread does not tell the JVM that it is away. That makes
 * them cheap, and lets the kernel work on arrays in the heap; but they must not wait. Nothing moves
 * a virtual thread to another carrier meanwhile.
 */
@SuppressWarnings("restricted")
final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final int LONGEST_MESSAGE_BYTES = 1024;

    private static final MethodHandle CLOSE = critical("close", JAVA_INT);
    private static final MethodHandle STRERROR =
            LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow("strerror"),
                    FunctionDescriptor.of(ADDRESS, JAVA_INT));

    private Libc() {}

    /** A function that returns an int and does not wait. */
    static MethodHandle critical(String name, MemoryLayout... arguments) {
        return bind(name, JAVA_INT, arguments, Linker.Option.critical(true));
    }

    /** A function that does not wait. */
    static MethodHandle criticalReturning(
            MemoryLayout result, String name, MemoryLayout... arguments) {
        return bind(name, result, arguments, Linker.Option.critical(true));
    }

    /** A function that returns an int and may wait: it takes no arrays of the heap. */
    static MethodHandle waiting(String name, MemoryLayout... arguments) {
        return bind(name, JAVA_INT, arguments);
    }

    private static MethodHandle bind(
            String name, MemoryLayout result, MemoryLayout[] arguments, Linker.Option... options) {
        var all = new ArrayList<>(List.of(options));
        all.add(ERRNO);
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                all.toArray(Linker.Option[]::new));
    }

    /** A call that need not be fast; the number of its error goes to the segment. */
    interface Call {
        int with(MemorySegment errno) throws Throwable;
    }

    static int run(Call call) {
        var errno = new int[1];
        try {
            int returned = call.with(MemorySegment.ofArray(errno));
            return returned < 0 ? -errno[0] : returned;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A call itself throws nothing but errors. */
    static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) throw error;
        return e instanceof RuntimeException failure ? failure : new IllegalStateException(e);
    }

    /** Gives a descriptor's number back; whatever this returns, it is gone: close(2). */
    static int close(int descriptor) {
        return run(errno -> (int) CLOSE.invokeExact(errno, descriptor));
    }

    static String message(int errno) {
        try {
            var message = (MemorySegment) STRERROR.invokeExact(errno);
            return message.reinterpret(LONGEST_MESSAGE_BYTES).getString(0);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }
}
