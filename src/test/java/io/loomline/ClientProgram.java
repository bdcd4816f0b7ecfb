package io.loomline;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.probe.Programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A client that is installed on this machine, such as {@code curl}. */
final class ClientProgram {
    /** Less than the time limit of a test. */
    private static final long LIMIT_SECONDS = 40;

    private final String program;

    /** If the program is not installed, the test is skipped. */
    ClientProgram(String name, String debianPackage) {
        program = Programs.require(name, debianPackage);
    }

    /** The exit code and the output of a run, each byte of it a character. */
    record Run(int exitCode, String output) {}

    Run run(String... arguments) throws IOException, InterruptedException {
        return runWithInput("", arguments);
    }

    /** Runs the program to its end, with its standard output and its messages in one. */
    Run runWithInput(String input, String... arguments) throws IOException, InterruptedException {
        Path file = Files.createTempFile("input", "");
        try {
            Files.writeString(file, input, ISO_8859_1);
            Process process =
                    new ProcessBuilder(command(arguments))
                            .redirectInput(file.toFile())
                            .redirectErrorStream(true)
                            .start();
            process.onExit()
                    .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
                    .exceptionally(_ -> process.destroyForcibly());
            try (var output = process.getInputStream()) {
                String text = new String(output.readAllBytes(), ISO_8859_1);
                return new Run(process.waitFor(), text);
            }
        } finally {
            Files.delete(file);
        }
    }

    private List<String> command(String... arguments) {
        return Stream.concat(Stream.of(program), Stream.of(arguments)).toList();
    }
}
