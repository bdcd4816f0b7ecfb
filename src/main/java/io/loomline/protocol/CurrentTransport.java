package io.loomline.protocol;

/** The transport whose callback a thread runs. */
final class CurrentTransport {
    static final ScopedValue<Transport> VALUE = ScopedValue.newInstance();

    private CurrentTransport() {}

    /**
     * The transport whose callback the calling thread runs.
     *
     * @throws IllegalStateException outside of callbacks
     */
    static Transport get() {
        if (VALUE.isBound()) return VALUE.get();
        throw new IllegalStateException(
                "thread '%s' does not run a callback".formatted(Thread.currentThread().getName()));
    }
}
