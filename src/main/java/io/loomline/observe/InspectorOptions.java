package io.loomline.observe;

/**
 * The options of a runtime's inspector: a page for browsers on this machine, and the same data as
 * JSON for programs.
 *
 * <p>It is reachable at 127.0.0.1 and ::1 only, so every user of this machine can read it. It
 * answers no request that a page of another site has made. It needs the module {@code
 * jdk.httpserver}, which a program on the class path has; on the module path, add {@code
 * --add-modules jdk.httpserver}.
 *
 * @param port its port; 0 for any free one, which is logged and which {@link
 *     io.loomline.Runtime#inspector()} returns
 * @param actions whether it may cancel tasks and shut servers down. Each such request needs a token
 *     that is made at random when the runtime opens, and logged
 * @see io.loomline.RuntimeOptions#withInspector(InspectorOptions)
 */
public record InspectorOptions(int port, boolean actions) {
    private static final int HIGHEST_PORT = 65_535;

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the port is out of range
     */
    public InspectorOptions {
        if (port < 0 || port > HIGHEST_PORT) {
            throw new IllegalArgumentException(
                    "inspector port " + port + ": expected 0 to " + HIGHEST_PORT);
        }
    }

    /**
     * Options for an inspector that is read-only.
     *
     * @param port its port; 0 for any free one
     * @return the options
     * @throws IllegalArgumentException if the port is out of range
     */
    public static InspectorOptions at(int port) {
        return new InspectorOptions(port, false);
    }

    /**
     * A copy for an inspector that may cancel tasks and shut servers down, or not.
     *
     * @param actions whether it may
     * @return the copy
     */
    public InspectorOptions withActions(boolean actions) {
        return new InspectorOptions(port, actions);
    }
}
