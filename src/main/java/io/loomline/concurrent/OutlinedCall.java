package io.loomline.concurrent;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Callable;

/**
 * Calls a task's body without letting the JVM inline it into its callers. These are a dozen frames
 * deep, and the JVM inlines about fifteen. An inlined body would leave no depth for its own
 * innermost loops, such as the one over the characters of a line.
 */
public final class OutlinedCall {
    /** Not final, because the JVM inlines only calls through a constant method handle. */
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
    @SuppressWarnings("unchecked") // the body returns a T
    public static <T extends @Nullable Object> T of(Callable<? extends T> body) throws Throwable {
        return (T) (@Nullable Object) call.invokeExact((Callable<?>) body);
    }
}
