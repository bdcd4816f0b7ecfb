package io.loomline.flight;

import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

/**
 * Whether this JVM can record. Without the module {@code jdk.jfr}, no class of an event is ever
 * loaded.
 */
final class Flight {
    static final boolean IS_AVAILABLE =
            ModuleLayer.boot().findModule("jdk.jfr").map(Flight::canRead).orElse(false);

    private Flight() {}

    private static boolean canRead(Module recorder) {
        return Flight.class.getModule().canRead(recorder);
    }

    /** An event that cannot be recorded, such as without memory, is dropped without a trace. */
    static void drop(Throwable failure) {
        assert failure != null : "the recorded action must not fail for it";
    }

    /** The text of a value that may come from a peer; null for null. */
    static @Nullable String text(@Nullable Object value) {
        if (value == null) return null;
        return value instanceof Throwable e ? LogText.of(e) : LogText.of(value.toString());
    }
}
