package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Holds a test to closing every socket, pipe and selector that it opens: proc_pid_fd(5). */
final class Descriptors implements BeforeEachCallback, AfterEachCallback {
    private static final Path OPEN = Path.of("/proc/self/fd");
    private static final List<String> KINDS = List.of("socket:", "pipe:", "anon_inode:");

    /** A guard, not a measure: the JDK's process reaper closes pipes when it gets to it. */
    private static final long LIMIT_NANOS = Duration.ofSeconds(10).toNanos();

    private Set<String> before;

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        openWhatStaysOpen();
        before = open();
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        long end = System.nanoTime() + LIMIT_NANOS;
        Set<String> left;
        while (!(left = openSince()).isEmpty()) {
            assertTrue(System.nanoTime() < end, "not closed: " + left);
            Thread.onSpinWait();
        }
    }

    /** The JDK's own, a few for the whole process: they come with the first connection. */
    private static void openWhatStaysOpen() throws Exception {
        try (var runtime = Runtime.open()) {
            var server = runtime.listen(0, _ -> {});
            runtime.connect(server.localAddress()).readLine();
        }
    }

    private Set<String> openSince() throws IOException {
        Set<String> open = open();
        open.removeAll(before);
        return open;
    }

    private static Set<String> open() throws IOException {
        if (Files.notExists(OPEN)) return new TreeSet<>();
        try (Stream<Path> links = Files.list(OPEN)) {
            return links.map(Descriptors::describe)
                    .filter(text -> KINDS.stream().anyMatch(text::contains))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static String describe(Path link) {
        try {
            return link.getFileName() + " " + Files.readSymbolicLink(link);
        } catch (NoSuchFileException e) {
            return ""; // that of the listing itself
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
