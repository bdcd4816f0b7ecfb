package loomline.bench;

import java.util.List;

/**
 * What is measured. The server knows only its kind of service; the load knows the rest.
 *
 * @param service what the server does: line, sink, echo, file, broadcast; and over TLS tls-line, tls-sink, tls-file
 * @param load what the load does
 * @param unit what is counted, as in "CPU for each": request, GB, ...
 */
record Scenario(
        String name, String service, String load, int connections, int bytes, int depth, String unit) {
    static final String IDLE = "idle";

    static final Scenario ACCEPT = new Scenario("accept", "line", "accept", 32, 64, 1, "connection");

    static final Scenario HANDSHAKE = new Scenario("tls-handshake", "tls-line", "tls-accept", 32, 64, 1, "handshake");

    /** As many as the idle ones over TLS, to subtract. */
    static final Scenario PLAIN_IDLE = new Scenario("plain-idle", "line", "line", 5_000, 64, 1, "connection");

    static final Scenario TLS_IDLE = new Scenario("tls-idle", "tls-line", "tls-line", 5_000, 64, 1, "connection");

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
            new Scenario("accept-reset", "line", "accept-reset", 512, 64, 1, "connection"),
            open(50),
            open(80),
            open(95),
            new Scenario("sink", "sink", "sink", 4, 0, 1, "GB"),
            new Scenario("stream", "echo", "stream", 4, 0, 1, "GB"),
            new Scenario("file", "file", "file", 4, 0, 1, "GB"),
            new Scenario("broadcast", "broadcast", "broadcast", 5_000, 64, 1, "delivery"),
            new Scenario(IDLE, "line", "line", 15_000, 64, 1, "connection"),
            tlsLines("tls-100", 100, 1),
            tlsLines("tls-1000", 1_000, 1),
            tlsLines("tls-pipelined", 1_000, 16),
            HANDSHAKE,
            new Scenario("tls-resumed", "tls-line", "tls-resume", 32, 64, 1, "handshake"),
            new Scenario("tls-stream", "tls-file", "tls-file", 4, 0, 1, "GB"),
            new Scenario("tls-sink", "tls-sink", "tls-upload", 4, 0, 1, "GB"),
            PLAIN_IDLE,
            TLS_IDLE);

    static final List<String> SHORT =
            List.of("echo-1", "echo-100", "echo-1000", "echo-10000", "pipelined", "accept", "sink", "stream", IDLE);

    private static Scenario lines(String name, int connections, int bytes, int depth) {
        return new Scenario(name, "line", "line", connections, bytes, depth, "request");
    }

    private static Scenario tlsLines(String name, int connections, int depth) {
        return new Scenario(name, "tls-line", "tls-line", connections, 64, depth, "request");
    }

    /** The depth is the percentage of what the slowest server can do. */
    private static Scenario open(int percent) {
        return new Scenario("open-" + percent, "line", "open", 1_000, 64, percent, "request");
    }

    boolean open() {
        return load.equals("open");
    }

    /** The same connections as a closed loop, which shows what a server can do. */
    Scenario closed() {
        return lines(name, connections, bytes, 1);
    }

    /** An open load for a server that can do so many requests per second. */
    Scenario of(double perSecond) {
        return new Scenario(name, service, load, connections, bytes, (int) (perSecond * depth / 100), unit);
    }

    boolean idle() {
        return name.endsWith(IDLE);
    }

    boolean tls() {
        return service.startsWith("tls-");
    }

    /** How many processes of load there are: one would be the limit of resets. */
    int processes(int connections) {
        return load.equals("accept-reset") ? 4 : Math.ceilDiv(connections, LoadProcess.MOST_CONNECTIONS);
    }

    boolean handshakes() {
        return unit.equals("handshake");
    }

    /** Scenarios of one group are measured on the same server processes. A process holds idle connections once. */
    String group() {
        return idle() ? name : service;
    }

    /** What a server is told. */
    String task() {
        if (idle()) return tls() ? "tls-idle" : IDLE;
        return service;
    }

    boolean streams() {
        return unit.equals("GB");
    }

    String describe() {
        return switch (load) {
            case "line", "tls-line" -> "%,d connection%s, %s%s".formatted(connections, connections == 1 ? "" : "s",
                    bytes < 1024 ? bytes + " B" : bytes / 1024 + " KiB",
                    depth > 1 ? ", " + depth + " at a time" : "")
                    + (idle() ? ", idle after one echo each" : "");
            case "open" -> "%,d connections, %d B, by a schedule of %d %% of what the slowest server can do"
                    .formatted(connections, bytes, depth);
            case "accept" -> "connect, one echo, close; %d at a time".formatted(connections);
            case "accept-reset" -> "connect, one echo, reset; %d at a time, by %d processes"
                    .formatted(connections, processes(connections));
            case "broadcast" -> "%,d connections, each line to all".formatted(connections);
            case "file" -> "%d connections, a file of 64 MiB".formatted(connections);
            case "tls-accept" -> "full handshake, one echo, close; %d at a time".formatted(connections);
            case "tls-resume" -> "resumed handshake, one echo, close; %d at a time".formatted(connections);
            case "tls-file" -> "%d connections, all from the server".formatted(connections);
            case "tls-upload" -> "%d connections, all to the server".formatted(connections);
            case "sink" -> "%d connections, 1 MiB writes, all to the server".formatted(connections);
            default -> "%d connections, 1 MiB writes, all echoed".formatted(connections);
        };
    }
}
