package io.loomline;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Restarts a server again and again under load, and counts what clients notice. Its arguments are
 * the way, the number of restarts, and the command that starts the server. Ends with 0 if clients
 * noticed nothing.
 */
final class RestartProgram implements AutoCloseable {
    /** Starts the server that it is told to, each time it gets a line; it holds the listener. */
    private static final String HOLDER =
            "while read -r _; do"
                    + " /bin/sh -c 'export LISTEN_PID=$$; exec \"$@\" </dev/null' sh \"$@\";"
                    + " done";

    private static final Pattern SERVED = Pattern.compile("served (\\d+) lines");

    /** How a newer process gets the listener. */
    enum Way {
        /** A service manager has the listener; one process ends before the next starts. */
        INHERIT,
        /** The older process passes the listener to the newer one. */
        HAND_OVER,
        /** Both listen at the same port for a while. */
        REUSE_PORT
    }

    private final Way way;
    private final int port;
    private final List<String> command;

    /** The present server; or the holder, whose child it is. */
    private Process process;

    private BufferedReader output;
    private long served;

    private RestartProgram(Way way, int port, List<String> command) {
        this.way = way;
        this.port = port;
        this.command = command;
    }

    /** Arguments: the way, the restarts, the port, a free path, and the server's command. */
    public static void main(String[] arguments) throws Exception {
        Way way = Way.valueOf(arguments[0]);
        int restarts = Integer.parseInt(arguments[1]);
        int port = Integer.parseInt(arguments[2]);
        List<String> command =
                new ArrayList<>(Arrays.asList(arguments).subList(4, arguments.length));
        command.add("" + port);
        if (way == Way.HAND_OVER) command.add(arguments[3]);
        System.exit(run(way, restarts, port, command) ? 0 : 1);
    }

    private static boolean run(Way way, int restarts, int port, List<String> command)
            throws Exception {
        try (var program = new RestartProgram(way, port, command)) {
            if (way == Way.REUSE_PORT) requireMigration();
            var load = new RestartLoad(port);
            program.start(load);
            for (int i = 0; i < restarts; i++) {
                program.restart();
                load.awaitProgress(); // so that each server has served
            }
            load.stop();
            program.stop();
            System.out.printf(
                    "%s: %d restarts, %s; %d lines served%n", way, restarts, load, program.served);
            return load.isClean() && program.served == load.answered();
        }
    }

    private static void requireMigration() throws IOException {
        String value = Files.readString(Path.of("/proc/sys/net/ipv4/tcp_migrate_req")).strip();
        if (!value.equals("1")) throw new IOException("tcp_migrate_req is " + value);
    }

    private void start(RestartLoad load) throws Exception {
        if (way == Way.INHERIT) {
            List<String> all = new ArrayList<>();
            all.addAll(List.of("systemd-socket-activate", "-l", "127.0.0.1:" + port));
            all.addAll(List.of("/bin/sh", "-c", HOLDER, "sh"));
            all.addAll(command);
            open(all);
            awaitOutput(Pattern.compile("Listening on .*"));
            load.start(); // the first connection makes it start the holder
            startHeld();
        } else {
            open(command);
            awaitListening();
            load.start();
        }
    }

    private void open(List<String> commandLine) throws IOException {
        process = new ProcessBuilder(commandLine).redirectErrorStream(true).start();
        output = process.inputReader();
    }

    private void startHeld() throws IOException {
        process.outputWriter().append('\n').flush();
        awaitListening();
    }

    private void restart() throws Exception {
        if (way == Way.INHERIT) {
            terminateHeld();
            startHeld();
            return;
        }
        Process older = process;
        BufferedReader olderOutput = output;
        open(command);
        awaitListening();
        if (way == Way.REUSE_PORT) terminate(older.toHandle());
        awaitEnd(olderOutput, older);
    }

    private void stop() throws Exception {
        if (way == Way.INHERIT) {
            terminateHeld();
            process.outputWriter().close();
        } else {
            terminate(process.toHandle());
            awaitEnd(output, process);
        }
    }

    private void terminateHeld() throws IOException {
        terminate(process.children().findFirst().orElseThrow());
        count(awaitOutput(SERVED));
    }

    /** Unlike {@link Process#destroy}, this leaves the output readable. */
    private static void terminate(ProcessHandle server) {
        server.destroy();
    }

    private void awaitEnd(BufferedReader from, Process server) throws Exception {
        count(await(from, SERVED));
        if (!server.waitFor(1, TimeUnit.MINUTES)) throw new IOException("does not end");
        if (server.exitValue() != 0) throw new IOException("exit code " + server.exitValue());
    }

    private void count(Matcher line) {
        served += Long.parseLong(line.group(1));
    }

    private void awaitListening() throws IOException {
        awaitOutput(Pattern.compile("listening on port " + port + ";.*"));
    }

    private Matcher awaitOutput(Pattern expected) throws IOException {
        return await(output, expected);
    }

    private static Matcher await(BufferedReader output, Pattern expected) throws IOException {
        for (String line; (line = output.readLine()) != null; ) {
            Matcher matcher = expected.matcher(line);
            if (matcher.matches()) return matcher;
            System.out.println("server: " + line);
        }
        throw new IOException("the server has ended without: " + expected);
    }

    @Override
    public void close() {
        if (process == null) return;
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
