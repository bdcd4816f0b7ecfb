package io.loomline;

import org.jspecify.annotations.Nullable;

/**
 * The main task of a program.
 *
 * @param <T> the type of the result
 */
@FunctionalInterface
public interface Main<T extends @Nullable Object> {
    /**
     * Does the program's work.
     *
     * @param runtime the runtime, open until this returns
     * @return the result
     * @throws Exception whatever makes the program fail; {@link InterruptedException} when it was
     *     told to end
     */
    T run(Runtime runtime) throws Exception;
}
