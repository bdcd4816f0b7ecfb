package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.probe.Child;
import io.loomline.probe.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A server recovers from a lack of descriptors in every locale, even if classes are loaded from a
 * directory, which takes descriptors too.
 */
@Tag("slow")
class DescriptorShortageTest {
    private static final Path PRLIMIT = Path.of("/usr/bin/prlimit");

    @ParameterizedTest
    @CsvSource({"NIO, C", "NIO, C.utf8", "EPOLL, C", "EPOLL, C.utf8"})
    void serverRecoversFromALackOfDescriptors(Kernel kernel, String locale) throws Exception {
        assumeTrue(Files.exists(PRLIMIT), "no " + PRLIMIT);
        kernel.newDriver().close();
        var launcher =
                List.of(PRLIMIT + "", "--nofile=150:150", "env", "LANGUAGE=de", "LC_ALL=" + locale);
        var options =
                List.of(
                        "-Dio.loomline.driver=" + kernel.name().toLowerCase(Locale.ROOT),
                        "--enable-native-access=ALL-UNNAMED");
        try (Child child = Child.startBy(launcher, DescriptorShortageProgram.class, options)) {
            List<String> said = child.rest();
            String all = String.join("\n", said);
            assertTrue(said.contains("served"), all);
            assertTrue(all.contains("ExhaustionException"), all);
            assertTrue(all.contains("cannot accept at "), all);
            assertTrue(said.contains("orderly"), all);
            assertEquals(0, child.exitCode(), all);
        }
    }

    @ParameterizedTest
    @CsvSource({"NIO, C", "NIO, C.utf8", "EPOLL, C.utf8"})
    void clientsWaitForAFullQueue(Kernel kernel, String locale, @TempDir Path directory)
            throws Exception {
        kernel.newDriver().close();
        var launcher = List.of("env", "LANGUAGE=de", "LC_ALL=" + locale);
        var options =
                List.of(
                        "-Dio.loomline.driver=" + kernel.name().toLowerCase(Locale.ROOT),
                        "--enable-native-access=ALL-UNNAMED");
        String path = directory.resolve("socket").toString();
        try (Child child = Child.startBy(launcher, UnixBurstProgram.class, options, path)) {
            String all = String.join("\n", child.rest());
            assertTrue(all.contains("all served"), all);
            assertEquals(0, child.exitCode(), all);
        }
    }
}
