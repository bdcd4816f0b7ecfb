package io.loomline.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Which frames of a stack are the library's. */
class WaitPointTest {
    private static StackTraceElement frame(String className, String method) {
        return new StackTraceElement(className, method, "File.java", 41);
    }

    @Test
    void programInAPackageBelowOursHasASite() {
        StackTraceElement site = frame("io.loomline.demo.Chat", "serve");
        var point =
                WaitPoint.of(
                        List.of(
                                frame("java.lang.VirtualThread", "park"),
                                frame("io.loomline.net.read.LineReader", "read"),
                                frame("io.loomline.net.Connection", "readLine"),
                                site,
                                frame("io.loomline.server.Serving", "call")));
        assertEquals(new WaitPoint("Connection.readLine", site), point);
    }

    @Test
    void eachPackageOfTheLibraryIsKnown() throws IOException {
        Path classes = Path.of("target", "classes");
        try (Stream<Path> files = Files.walk(classes.resolve(Path.of("io", "loomline")))) {
            List<String> unknown =
                    files.filter(each -> each.toString().endsWith(".class"))
                            .map(each -> classes.relativize(each).toString())
                            .map(each -> each.replaceFirst("\\.class$", "").replace('/', '.'))
                            .filter(each -> !WaitPoint.isOurs(each))
                            .toList();
            assertEquals(List.of(), unknown);
        }
        assertTrue(WaitPoint.isOurs("io.loomline.Runtime"));
        assertFalse(WaitPoint.isOurs("io.loomlines.Runtime"));
        assertFalse(WaitPoint.isOurs("io.loomline.demo.Runtime"));
    }

    @Test
    void eachNamedClassExists() throws ClassNotFoundException {
        ClassLoader loader = WaitPoint.class.getClassLoader();
        for (String each : WaitPoint.NAMED) {
            assertEquals(each, Class.forName(each, false, loader).getName());
        }
    }

    @Test
    void eachListedPackageExists() {
        for (String each : WaitPoint.BELOW_ROOT) {
            Path folder = Path.of("target", "classes", "io", "loomline");
            assertTrue(Files.isDirectory(folder.resolve(each.replace('.', '/'))), each);
        }
    }
}
