package io.loomline.probe;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Fails a test class that leaves a virtual thread, a thread that keeps the JVM alive, or an open
 * network descriptor behind.
 */
public final class Leftovers implements BeforeAllCallback, AfterAllCallback {
    /** Some resources are freed only after the close has returned, but well within this limit. */
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private record Alive(Set<String> threads, Set<String> descriptors) {}

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        Descriptors.openThoseThatTheJdkKeeps();
        context.getStore(Namespace.create(Leftovers.class))
                .put(context.getUniqueId(), new Alive(threads(), descriptors()));
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        var before =
                context.getStore(Namespace.create(Leftovers.class))
                        .get(context.getUniqueId(), Alive.class);
        long end = System.nanoTime() + LIMIT_NANOS;
        Eventually.holds(() -> isClean(before) || System.nanoTime() - end > 0);
        if (System.nanoTime() - end <= 0) return; // clean: later leftovers belong to another test
        throw new AssertionError(
                "left behind by "
                        + context.getDisplayName()
                        + ": "
                        + added(before.threads, threads())
                        + added(before.descriptors, descriptors()));
    }

    private static boolean isClean(Alive before) {
        return added(before.threads, threads()).isEmpty()
                && descriptors().size() <= before.descriptors.size();
    }

    private static Set<String> added(Set<String> before, Set<String> now) {
        Set<String> added = new TreeSet<>(now);
        added.removeAll(before);
        return added;
    }

    /** Virtual threads, and platform threads that are not daemons. */
    public static Set<String> threads() {
        Set<String> threads = new TreeSet<>(virtualThreads());
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            boolean ofJunit = thread.getName().startsWith("junit-");
            if (!thread.isDaemon() && !ofJunit) threads.add(thread.toString());
        }
        return threads;
    }

    /** Only a thread dump lists virtual threads. */
    private static Set<String> virtualThreads() {
        try {
            Path directory = Files.createTempDirectory("threads");
            Path file = directory.resolve("dump");
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(file.toString(), ThreadDumpFormat.TEXT_PLAIN);
            try (Stream<String> lines = Files.lines(file)) {
                return lines.filter(line -> line.startsWith("#") && line.contains(" virtual"))
                        .filter(line -> !line.contains("SubPoller")) // the JDK's own
                        .map(line -> line.substring(0, line.indexOf(" virtual")))
                        .collect(Collectors.toSet());
            } finally {
                Files.delete(file);
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The number of open network descriptors. */
    public static int openDescriptors() {
        return descriptors().size();
    }

    /** Sockets, and the eventfd of each selector; the JDK's own pollers have none. */
    private static Set<String> descriptors() {
        return Descriptors.open("socket:", "eventfd");
    }
}
