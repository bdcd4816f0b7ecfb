package io.loomline.probe;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Fails a test class that leaves something alive: a virtual thread, a thread that would keep the
 * JVM from ending, or a descriptor of the network.
 */
public final class Leftovers implements BeforeAllCallback, AfterAllCallback {
    /** Closing is not waited for by everyone who closes; after this it has not happened at all. */
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private record Alive(Set<String> threads, Set<String> descriptors) {}

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        openWhatTheJdkKeeps();
        context.getStore(Namespace.create(Leftovers.class))
                .put(context.getUniqueId(), new Alive(threads(), descriptors()));
    }

    /** The first socket of each kind makes the JDK open descriptors that it never closes. */
    private static void openWhatTheJdkKeeps() throws IOException {
        try (var server = new ServerSocket(0);
                var client = new Socket(server.getInetAddress(), server.getLocalPort());
                var serverChannel = ServerSocketChannel.open().bind(null);
                var channel = SocketChannel.open(serverChannel.getLocalAddress());
                var selector = Selector.open()) {
            client.setTcpNoDelay(true);
            channel.configureBlocking(false);
            selector.selectNow();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        var before =
                context.getStore(Namespace.create(Leftovers.class))
                        .get(context.getUniqueId(), Alive.class);
        long end = System.nanoTime() + LIMIT_NANOS;
        Eventually.holds(() -> isClean(before) || System.nanoTime() - end > 0);
        if (System.nanoTime() - end <= 0) return; // what shows up later is another's
        throw new AssertionError(
                "left alive by "
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

    /** Virtual threads, and others that are no daemons. */
    private static Set<String> threads() {
        Set<String> threads = new TreeSet<>(virtualThreads());
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            boolean junits = thread.getName().startsWith("junit-");
            if (!thread.isDaemon() && !junits) threads.add(thread.toString());
        }
        return threads;
    }

    /** A dump is the one place where the JDK lists virtual threads. */
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
            throw new AssertionError("threads cannot be listed", e);
        }
    }

    /** How many descriptors of the network are open. */
    public static int openDescriptors() {
        return descriptors().size();
    }

    /**
     * Sockets, and the one of each selector that the JDK's own pollers have not; none where there
     * is no such file system.
     */
    private static Set<String> descriptors() {
        if (!Files.isDirectory(DESCRIPTORS)) return Set.of();
        try (Stream<Path> links = Files.list(DESCRIPTORS)) {
            return links.map(Leftovers::target)
                    .filter(target -> target.matches(".*(socket:|eventfd).*"))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new AssertionError("descriptors cannot be listed", e);
        }
    }

    private static String target(Path link) {
        try {
            return link + " " + Files.readSymbolicLink(link);
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }
}
