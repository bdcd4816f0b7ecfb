package io.loomline.faults;

import java.util.List;

/**
 * A row of the table.
 *
 * @param name selects the row: {@code -Drows=name}
 * @param injected what is injected
 * @param expected what must be seen
 * @param place the process that the row runs in
 * @param body injects the fault and records what it sees
 */
record Fault(String name, String injected, String expected, Place place, Body body) {
    /** Injects a fault. */
    interface Body {
        void inject(Trial trial) throws Exception;
    }

    /** The process of a row: that of the table, or a JVM of its own. */
    record Place(boolean here, List<String> launcher, List<String> options) {
        static final Place HERE = new Place(true, List.of(), List.of());

        /** A JVM of its own, with these options. */
        static Place jvm(String... options) {
            return new Place(false, List.of(), List.of(options));
        }

        /** Started by a command that sets limits, the locale or namespaces. */
        Place by(String... launcher) {
            return new Place(false, List.of(launcher), options);
        }
    }

    /** A row without its place, which is the process of the table. */
    static Fault of(String name, String injected, String expected, Body body) {
        return new Fault(name, injected, expected, Place.HERE, body);
    }

    Fault in(Place other) {
        return new Fault(name, injected, expected, other, body);
    }
}
