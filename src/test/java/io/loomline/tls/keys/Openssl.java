package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.probe.Programs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Runs the program openssl. If it is not installed, the test is skipped. */
final class Openssl {
    private Openssl() {}

    /** Runs a command, given as one line without blanks in its arguments; it must succeed. */
    static String run(String command) throws IOException, InterruptedException {
        Process process = start(List.of(command.split(" ")));
        String output = outputOf(process);
        assertEquals(0, process.waitFor(), () -> command + ": " + output);
        return output;
    }

    /** The output and the errors of a command, whether it succeeds or not. */
    @SafeVarargs
    static String output(List<String>... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>();
        for (List<String> each : arguments) all.addAll(each);
        Process process = start(all);
        String output = outputOf(process);
        process.waitFor();
        return output;
    }

    private static Process start(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Programs.require("openssl", "openssl"));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String outputOf(Process process) throws IOException {
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), UTF_8);
    }
}
