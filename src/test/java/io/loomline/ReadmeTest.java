package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the README shows first is copied first. */
class ReadmeTest {
    private static final Pattern PROGRAM =
            Pattern.compile("```java\n(import .*?)```", Pattern.DOTALL);

    @Test
    void showsAProgramThatCompilesAndSaysHello(@TempDir Path scratch) throws Exception {
        Path source = scratch.resolve("Program.java");
        Files.writeString(source, program().replace("listen(7000,", "listen(0,"));
        SampleProcess.compile(source, scratch);
        try (var process = SampleProcess.startCompiled(scratch, "Program")) {
            assertEquals(0, process.awaitExit(), process::printed);
            assertEquals("hello\n", process.printed());
        }
    }

    private static String program() throws IOException {
        Matcher matcher = PROGRAM.matcher(Files.readString(Path.of("README.md")));
        assertTrue(matcher.find(), "no program in README.md");
        return matcher.group(1);
    }
}
