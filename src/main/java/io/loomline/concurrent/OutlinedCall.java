package io.loomline.concurrent;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Callable;

/**
 * Calls a task's body so that the JVM compiles it by itself, and not into what is around it: a
 * dozen calls, of the fifteen or so that the JVM inlines, so that the innermost loops of the body,
 * such as the one over the characters of a line, would have real calls in them.
 */
public final class OutlinedCall {
    /** Not final, because the JVM inlines what it calls by a constant, and nothing else. */
    @SuppressWarnings("FieldMayBeFinal")
    private static MethodHandle call = find();

    private OutlinedCall() {}

    private static MethodHandle find() {
        try {
            return MethodHandles.lookup()
                    .findVirtual(Callable.class, "call", MethodType.methodType(Object.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Returns what the body returns, and throws what it throws. */
    @SuppressWarnings("unchecked") // a body returns what it says
    public static <T extends @Nullable Object> T of(Callable<? extends T> body) throws Throwable {
        return (T) (@Nullable Object) call.invokeExact((Callable<?>) body);
    }
}
