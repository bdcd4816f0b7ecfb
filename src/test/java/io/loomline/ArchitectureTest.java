package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;

/** Holds the order of the packages, as the page of the module draws it, against the class files. */
class ArchitectureTest {
    private static final String ROOT = "io.loomline";

    /** What each package may use of the others, from the bottom to the top. */
    private static final Map<String, Set<String>> MAY_USE =
            Map.ofEntries(
                    mayUse("log"),
                    mayUse("concurrent", "log"),
                    mayUse("flight", "log"),
                    mayUse("cleaner", "concurrent", "log"),
                    mayUse("timer", "concurrent", "log"),
                    mayUse("task.supervision", "timer", "cleaner", "concurrent", "log"),
                    mayUse(
                            "task",
                            "task.supervision",
                            "flight",
                            "timer",
                            "cleaner",
                            "concurrent",
                            "log"),
                    mayUse("driver.carrier", "flight", "concurrent", "log"),
                    mayUse("driver", "driver.carrier"),
                    mayUse("driver.unix", "driver", "log"),
                    mayUse("driver.libc", "driver", "log"),
                    mayUse("driver.nio", "driver", "driver.carrier", "driver.unix", "log"),
                    mayUse(
                            "driver.epoll",
                            "driver.libc",
                            "driver",
                            "driver.carrier",
                            "driver.unix",
                            "concurrent",
                            "log"),
                    mayUse("driver.memory", "driver"),
                    mayUse("headroom", "driver", "concurrent"),
                    mayUse("stream"),
                    mayUse("proxy", "log"),
                    mayUse("tls.keys", "log"),
                    mayUse("tls.record", "driver", "driver.carrier", "concurrent", "log"),
                    mayUse("tls", "tls.record", "tls.keys", "driver", "concurrent", "log"),
                    mayUse(
                            "net.wire",
                            "flight",
                            "stream",
                            "tls",
                            "task",
                            "timer",
                            "concurrent",
                            "driver",
                            "driver.carrier",
                            "headroom",
                            "log"),
                    mayUse("net.buffer", "net.wire", "stream", "concurrent"),
                    mayUse(
                            "net.write",
                            "net.buffer",
                            "net.wire",
                            "stream",
                            "tls",
                            "task",
                            "concurrent",
                            "headroom"),
                    mayUse(
                            "net.read",
                            "flight",
                            "net.write",
                            "net.buffer",
                            "net.wire",
                            "stream",
                            "tls",
                            "task",
                            "concurrent",
                            "headroom",
                            "log"),
                    mayUse(
                            "net",
                            "flight",
                            "proxy",
                            "net.read",
                            "net.write",
                            "net.buffer",
                            "net.wire",
                            "stream",
                            "tls",
                            "task",
                            "driver",
                            "cleaner",
                            "headroom",
                            "log"),
                    mayUse(
                            "connect",
                            "flight",
                            "proxy",
                            "outbox",
                            "net",
                            "net.wire",
                            "stream",
                            "tls",
                            "task",
                            "concurrent",
                            "driver",
                            "headroom",
                            "log"),
                    mayUse("server.listen", "net", "net.wire", "stream", "task", "driver", "log"),
                    mayUse("server.admission", "task", "driver"),
                    mayUse("server.failure", "net", "stream", "task", "log"),
                    mayUse("server.idle", "net", "stream", "task"),
                    mayUse(
                            "server",
                            "flight",
                            "concurrent",
                            "server.listen",
                            "server.admission",
                            "server.failure",
                            "server.idle",
                            "proxy",
                            "net",
                            "net.wire",
                            "stream",
                            "tls",
                            "task",
                            "driver",
                            "driver.carrier",
                            "headroom",
                            "log"),
                    mayUse(
                            "datagram",
                            "net.wire",
                            "stream",
                            "task",
                            "driver",
                            "driver.carrier",
                            "log"),
                    mayUse(
                            "outbox",
                            "net",
                            "net.write",
                            "net.wire",
                            "stream",
                            "task",
                            "concurrent",
                            "log"),
                    mayUse("server.drain", "server", "concurrent", "log"),
                    mayUse("observe", "net", "task", "log"),
                    mayUse(
                            "observe.live",
                            "observe",
                            "driver.carrier",
                            "net",
                            "server.drain",
                            "server",
                            "stream",
                            "task",
                            "task.supervision",
                            "concurrent",
                            "log"),
                    mayUse(
                            "observe.jmx",
                            "observe",
                            "observe.live",
                            "server.drain",
                            "server",
                            "log"),
                    mayUse("observe.command", "observe.live", "log"),
                    mayUse(
                            "observe.inspector",
                            "observe.live",
                            "observe",
                            "server.drain",
                            "server",
                            "stream",
                            "task",
                            "concurrent",
                            "log"),
                    mayUse("protocol", "net", "stream", "tls", "task", "concurrent", "log"),
                    mayUse("testing", "net", "stream", "task", "driver", "driver.memory"),
                    mayUse(
                            "testing.contract",
                            "testing",
                            "outbox",
                            "net",
                            "stream",
                            "task",
                            "driver"));

    private static final SourceSizes.Limits LIMITS = new SourceSizes.Limits(30, 3_500, 250);

    private static Map.Entry<String, Set<String>> mayUse(String user, String... used) {
        return Map.entry(user, Set.of(used));
    }

    /** What the foundation, tasks and drivers, may use from outside. */
    private static final List<String> OUTSIDE_FOUNDATION =
            List.of(
                    "java.",
                    "com.sun.management.",
                    "jdk.management.",
                    "jdk.net.",
                    "org.slf4j.",
                    "org.jspecify.annotations.");

    /**
     * The public API itself has each name the other: {@code Task.group}, {@code TaskGroup.start}.
     */
    private static final String PINNED_CYCLE =
            "io.loomline.task.Task -> io.loomline.task.TaskGroup -> io.loomline.task.Task";

    private static ClassGraph main;

    @BeforeAll
    static void readClassFiles() throws IOException {
        main = ClassGraph.read(Path.of("target", "classes"));
        assertFalse(main.nodes().isEmpty(), "no class files to look at");
    }

    @Test
    void packagesUseOnlyWhatIsBelowThem() {
        assertNone(references(main, ArchitectureTest::isMisplaced));
    }

    @Test
    void packagesFormNoCycle() {
        assertNone(main.map(ClassGraph::packageOf).cycles());
    }

    @Test
    void filesFormNoCycle() {
        Set<String> cycles = new TreeSet<>(main.cycles());
        cycles.remove(PINNED_CYCLE);
        assertNone(cycles);
    }

    @Test
    void tasksAndDriversUseOnlyTheJdkAndSlf4j() {
        assertNone(references(main, ArchitectureTest::isForeignToFoundation));
    }

    /** Others would be silent where slf4j has no provider. */
    @Test
    void loggersComeFromOnePlace() {
        assertNone(references(main, ArchitectureTest::isLoggerOfItsOwn));
    }

    @Test
    void testingNeedsNoTestFramework() {
        assertNone(references(main, ArchitectureTest::isTestFramework));
    }

    @Test
    void packagesAndFilesAreSmall() throws IOException {
        assertNone(SourceSizes.read(Path.of("src", "main", "java")).over(LIMITS));
    }

    /** The rules above, shown to fail where they should. */
    @Nested
    class Rules {
        @Test
        void nameTheMisplacedReference() {
            ClassGraph graph =
                    graph(
                            "io.loomline.net.Connection io.loomline.task.Task",
                            "io.loomline.task.Task io.loomline.net.Connection",
                            "io.loomline.driver.nio.NioDriver io.loomline.driver.memory.Pipe",
                            "io.loomline.testing.Pair io.loomline.driver.memory.Pipe",
                            "io.loomline.Runtime io.loomline.driver.nio.NioDriver",
                            "io.loomline.server.Server io.loomline.Runtime",
                            "io.loomline.novel.Thing java.lang.Object");
            assertEquals(
                    Set.of(
                            "io.loomline.task.Task -> io.loomline.net.Connection",
                            "io.loomline.driver.nio.NioDriver -> io.loomline.driver.memory.Pipe",
                            "io.loomline.server.Server -> io.loomline.Runtime",
                            "io.loomline.novel.Thing -> java.lang.Object"),
                    references(graph, ArchitectureTest::isMisplaced));
        }

        @Test
        void nameTheForeignReference() {
            ClassGraph graph =
                    graph(
                            "io.loomline.task.Task java.util.List",
                            "io.loomline.driver.nio.NioDriver sun.misc.Unsafe",
                            "io.loomline.net.Tls javax.net.ssl.SSLEngine");
            assertEquals(
                    Set.of("io.loomline.driver.nio.NioDriver -> sun.misc.Unsafe"),
                    references(graph, ArchitectureTest::isForeignToFoundation));
        }

        @Test
        void nameTheTestFramework() {
            ClassGraph graph = graph("io.loomline.testing.Suite org.junit.jupiter.api.Test");
            assertEquals(
                    Set.of("io.loomline.testing.Suite -> org.junit.jupiter.api.Test"),
                    references(graph, ArchitectureTest::isTestFramework));
        }

        @Test
        void nameTheLoggerOfItsOwn() {
            ClassGraph graph =
                    graph(
                            "io.loomline.log.Loggers org.slf4j.LoggerFactory",
                            "io.loomline.task.Task org.slf4j.Logger",
                            "io.loomline.server.Server org.slf4j.LoggerFactory");
            assertEquals(
                    Set.of("io.loomline.server.Server -> org.slf4j.LoggerFactory"),
                    references(graph, ArchitectureTest::isLoggerOfItsOwn));
        }

        @Test
        void nameWhatIsTooLarge() throws IOException {
            var sizes =
                    new SourceSizes(
                            Map.of(
                                    Path.of("a", "Long.java"),
                                    """
                                    import java.util.List;

                                    /** Not code. */
                                    class Long {

                                        // not either
                                        int x;
                                    }
                                    """,
                                    Path.of("a", "Short.java"),
                                    "class Short {}\n"));
            assertEquals(Set.of(), sizes.over(new SourceSizes.Limits(2, 9, 3)));
            assertEquals(
                    Set.of(
                            "a: 2 files, expected at most 1",
                            "a: 9 lines, expected at most 8",
                            Path.of("a", "Long.java") + ": 3 lines of code, expected at most 2"),
                    sizes.over(new SourceSizes.Limits(1, 8, 2)));
        }

        private ClassGraph graph(String... edges) {
            return ClassGraphTest.graph(edges);
        }
    }

    private static boolean isMisplaced(String source, String target) {
        String from = layer(source);
        if (from.isEmpty()) {
            return false; // the root package may use everything
        }
        Set<String> allowed = MAY_USE.get(from);
        if (allowed == null) {
            return true; // a package that has no place yet: give it one in MAY_USE
        }
        return isOurs(target) && !layer(target).equals(from) && !allowed.contains(layer(target));
    }

    private static boolean isForeignToFoundation(String source, String target) {
        boolean foundation = layer(source).equals("task") || layer(source).startsWith("driver");
        return foundation
                && !isOurs(target)
                && OUTSIDE_FOUNDATION.stream().noneMatch(target::startsWith);
    }

    private static boolean isLoggerOfItsOwn(String source, String target) {
        return !layer(source).equals("log") && target.equals("org.slf4j.LoggerFactory");
    }

    private static boolean isTestFramework(String source, String target) {
        return layer(source).startsWith("testing") && target.startsWith("org.junit.");
    }

    private static boolean isOurs(String name) {
        return name.startsWith(ROOT + ".");
    }

    /** A name's package below the root: {@code driver.nio}, or empty for the root itself. */
    private static String layer(String name) {
        return ClassGraph.packageOf(name).substring(ROOT.length()).replaceFirst("^\\.", "");
    }

    /** The references that a rule forbids, each as {@code A -> B}. */
    private static Set<String> references(ClassGraph graph, BiPredicate<String, String> forbidden) {
        Set<String> found = new TreeSet<>();
        for (String source : graph.nodes()) {
            for (String target : graph.targets(source)) {
                if (forbidden.test(source, target)) {
                    found.add(source + " -> " + target);
                }
            }
        }
        return found;
    }

    private static void assertNone(Set<String> violations) {
        assertTrue(violations.isEmpty(), () -> "\n" + String.join("\n", violations) + "\n");
    }
}
