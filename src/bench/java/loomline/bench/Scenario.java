package loomline.bench;

import java.util.List;

/**
 * What is measured. The server knows only its kind of service; the load knows the rest.
 *
 * @param service what the server does: line, sink, echo, file, broadcast
 * @param load what the load does
 * @param unit what is counted, as in "CPU for each": request, GB, ...
 */
record Scenario(
        String name, String service, String load, int connections, int bytes, int depth, String unit) {
    static final String IDLE = "idle";

    static final Scenario ACCEPT = new Scenario("accept", "line", "accept", 32, 64, 1, "connection");

    static final List<Scenario> ALL = List.of(
            lines("echo-1", 1, 64, 1),
            lines("echo-8", 8, 64, 1),
            lines("echo-100", 100, 64, 1),
            lines("echo-1000", 1_000, 64, 1),
            lines("echo-10000", 10_000, 64, 1),
            lines("pipelined", 1_000, 64, 16),
            lines("echo-1KiB", 100, 1024, 1),
            lines("echo-16KiB", 100, 16 * 1024, 1),
            ACCEPT,
            new Scenario("sink", "sink", "sink", 4, 0, 1, "GB"),
            new Scenario("stream", "echo", "stream", 4, 0, 1, "GB"),
            new Scenario("file", "file", "file", 4, 0, 1, "GB"),
            new Scenario("broadcast", "broadcast", "broadcast", 5_000, 64, 1, "delivery"),
            new Scenario(IDLE, "line", "line", 15_000, 64, 1, "connection"));

    static final List<String> SHORT =
            List.of("echo-1", "echo-100", "echo-1000", "echo-10000", "pipelined", "accept", "sink", "stream", IDLE);

    private static Scenario lines(String name, int connections, int bytes, int depth) {
        return new Scenario(name, "line", "line", connections, bytes, depth, "request");
    }

    boolean idle() {
        return name.equals(IDLE);
    }

    boolean streams() {
        return unit.equals("GB");
    }

    String describe() {
        return switch (load) {
            case "line" -> "%,d connection%s, %s%s".formatted(connections, connections == 1 ? "" : "s",
                    bytes < 1024 ? bytes + " B" : bytes / 1024 + " KiB",
                    depth > 1 ? ", " + depth + " at a time" : "")
                    + (idle() ? ", idle after one echo each" : "");
            case "accept" -> "connect, one echo, close; %d at a time".formatted(connections);
            case "broadcast" -> "%,d connections, each line to all".formatted(connections);
            case "file" -> "%d connections, a file of 64 MiB".formatted(connections);
            case "sink" -> "%d connections, 1 MiB writes, all to the server".formatted(connections);
            default -> "%d connections, 1 MiB writes, all echoed".formatted(connections);
        };
    }
}
