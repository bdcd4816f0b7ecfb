package io.loomline.probe;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs that may be installed on this machine. */
public final class Programs {
    private Programs() {}

    /** Returns the path of a program. If it is not installed, the test is skipped. */
    public static String require(String program, String debianPackage) {
        Optional<Path> found = find(program);
        assumeTrue(found.isPresent(), program + " is not installed: package " + debianPackage);
        return found.orElseThrow().toString();
    }

    private static Optional<Path> find(String program) {
        // the system's own program first, because a wrapper earlier in the path may be slow
        String path = "/usr/bin" + File.pathSeparator + System.getenv("PATH");
        return Stream.of(path.split(File.pathSeparator))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
