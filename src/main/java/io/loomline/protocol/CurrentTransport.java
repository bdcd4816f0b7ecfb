package io.loomline.protocol;

import java.io.IOException;

/** The transport whose callback the current thread runs. */
final class CurrentTransport {
    static final ScopedValue<Driven> VALUE = ScopedValue.newInstance();

    private CurrentTransport() {}

    /** A transport, with the method that the default callbacks need. */
    interface Driven extends Transport {
        /** Logs why the peer's input is invalid, and closes once everything written is sent. */
        void refuse(IOException invalidInput);
    }

    /**
     * The transport whose callback the calling thread runs.
     *
     * @throws IllegalStateException if the calling thread runs no callback
     */
    static Transport get() {
        return driven();
    }

    /**
     * Closes that transport because the peer's input is invalid.
     *
     * @throws IllegalStateException if the calling thread runs no callback
     */
    static void refuse(IOException invalidInput) {
        driven().refuse(invalidInput);
    }

    private static Driven driven() {
        if (VALUE.isBound()) return VALUE.get();
        throw new IllegalStateException(
                "thread '%s' does not run a callback".formatted(Thread.currentThread().getName()));
    }
}
