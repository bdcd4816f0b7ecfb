package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.MdcProbe;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** slf4j's map of the starting thread, in the tasks that it starts. */
class MdcCarrierTest {
    /** Below the time limit of a test method, so that this one speaks first. */
    private static final long RUN_LIMIT_SECONDS = 50;

    @TempDir Path scratch;

    @Test
    void nothingIsWrappedWhereThereIsNoMap() {
        Callable<String> body = () -> "value";
        MDC.put("user", "a"); // goes nowhere: the tests' logger has no map
        assertSame(body, ContextCarrier.mdc().carry(body));
        MDC.clear();
    }

    @Test
    @Tag("slow")
    void mapReachesTasksAndTheirTasksAndOnlyThem() throws Exception {
        File output = scratch.resolve("output").toFile();
        Process process =
                new ProcessBuilder(command())
                        .redirectErrorStream(true)
                        .redirectOutput(output)
                        .start();
        try {
            assertTrue(process.waitFor(RUN_LIMIT_SECONDS, TimeUnit.SECONDS), "still running");
            List<String> expected =
                    List.of(
                            "empty: nobody",
                            "without: nobody",
                            "child: a",
                            "grandchild: a",
                            "renamed: b",
                            "after: a");
            assertEquals(expected, Files.readAllLines(output.toPath()));
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static List<String> command() {
        String classPath =
                Stream.of(
                                Path.of("target", "test-classes").toString(),
                                System.getProperty("jdk.module.path", ""),
                                System.getProperty("java.class.path"))
                        .filter(part -> !part.isEmpty())
                        .reduce((all, part) -> all + File.pathSeparator + part)
                        .orElseThrow();
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dslf4j.provider=" + MdcProbe.class.getName(),
                "-Dslf4j.internal.verbosity=WARN",
                "-XX:TieredStopAtLevel=1",
                "--class-path",
                classPath,
                MdcProbe.class.getName());
    }
}
