package io.loomline.driver.libc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;

/**
 * Binds functions of the C library. Their wrappers return the function's result, or the negative
 * error number.
 *
 * <p>Nearly all are <i>critical</i>: the thread does not notify the JVM that it runs native code.
 * This makes the calls cheap and permits the kernel to access arrays in the heap, but they must not
 * block. A virtual thread stays on its carrier during a call.
 */
@SuppressWarnings("restricted")
public final class Libc {
    /** The encoding of paths. */
    public static final Charset FILE_NAMES =
            Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final int MAX_MESSAGE_BYTES = 1024;

    private static final MethodHandle CLOSE = critical("close", JAVA_INT);
    private static final MethodHandle STRERROR =
            LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow("strerror"),
                    FunctionDescriptor.of(ADDRESS, JAVA_INT));

    private Libc() {}

    /** Binds a function that returns an int and does not block. */
    public static MethodHandle critical(String name, MemoryLayout... arguments) {
        return bind(name, JAVA_INT, arguments, Linker.Option.critical(true));
    }

    /** Binds a function that returns an int, does not block, and has variable arguments. */
    public static MethodHandle criticalVariadic(
            String name, int firstVariadic, MemoryLayout... arguments) {
        return bind(
                name,
                JAVA_INT,
                arguments,
                Linker.Option.critical(true),
                Linker.Option.firstVariadicArg(firstVariadic));
    }

    /** Binds a function that does not block. */
    public static MethodHandle criticalReturning(
            MemoryLayout result, String name, MemoryLayout... arguments) {
        return bind(name, result, arguments, Linker.Option.critical(true));
    }

    /** Binds a function without arguments that does nothing but return a value. */
    public static MethodHandle leaf(MemoryLayout result, String name) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result),
                Linker.Option.critical(false));
    }

    /** Binds a function that returns an int and may block. It cannot access arrays in the heap. */
    public static MethodHandle blocking(String name, MemoryLayout... arguments) {
        return bind(name, JAVA_INT, arguments);
    }

    /** Binds a function that may block. It cannot access arrays in the heap. */
    public static MethodHandle blockingReturning(
            MemoryLayout result, String name, MemoryLayout... arguments) {
        return bind(name, result, arguments);
    }

    /** Binds a function that returns an int, may block, and has variable arguments. */
    public static MethodHandle blockingVariadic(
            String name, int firstVariadic, MemoryLayout... arguments) {
        return bind(name, JAVA_INT, arguments, Linker.Option.firstVariadicArg(firstVariadic));
    }

    /**
     * Finds a static method that calls such a function. Call it through a field that is not final,
     * because the compiler inlines only constant handles: it then compiles the method by itself and
     * inlines the whole call of the function. Where it runs out of depth amid that call, each call
     * allocates.
     *
     * @param lookup of the class that has the method
     */
    public static MethodHandle outlined(MethodHandles.Lookup lookup, String name, MethodType type) {
        try {
            return lookup.findStatic(lookup.lookupClass(), name, type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
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

    /** A call that is not performance-critical. Its error number goes to the segment. */
    public interface Call {
        int with(MemorySegment errno) throws Throwable;
    }

    public static int run(Call call) {
        var errno = new int[1];
        try {
            int returned = call.with(MemorySegment.ofArray(errno));
            return returned < 0 ? -errno[0] : returned;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Rethrows a failure of a method handle, whose type declares any throwable. */
    public static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) throw error;
        return e instanceof RuntimeException failure ? failure : new IllegalStateException(e);
    }

    /**
     * Closes a descriptor. It is closed even if this returns an error.
     *
     * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man2/close.2.html">close(2)</a>:
     * "Retrying the close() after a failure return is the wrong thing to do, since this may cause a
     * reused file descriptor from another thread to be closed."
     */
    public static int close(int descriptor) {
        return run(errno -> (int) CLOSE.invokeExact(errno, descriptor));
    }

    public static String message(int errno) {
        try {
            var message = (MemorySegment) STRERROR.invokeExact(errno);
            return message.reinterpret(MAX_MESSAGE_BYTES).getString(0);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }
}
