package io.loomline.protocol;

import java.io.IOException;

/** The transport whose callback a thread runs. */
final class CurrentTransport {
    static final ScopedValue<Driven> VALUE = ScopedValue.newInstance();

    private CurrentTransport() {}

    /** A transport, as default callbacks know it. */
    interface Driven extends Transport {
        /** Logs what the peer has sent, and closes after what was written is sent. */
        void refuse(IOException input);
    }

    /**
     * The transport whose callback the calling thread runs.
     *
     * @throws IllegalStateException outside of callbacks
     */
    static Transport get() {
        return driven();
    }

    /**
     * Closes it because of what the peer has sent.
     *
     * @throws IllegalStateException outside of callbacks
     */
    static void refuse(IOException input) {
        driven().refuse(input);
    }

    private static Driven driven() {
        if (VALUE.isBound()) return VALUE.get();
        throw new IllegalStateException(
                "thread '%s' does not run a callback".formatted(Thread.currentThread().getName()));
    }
}
