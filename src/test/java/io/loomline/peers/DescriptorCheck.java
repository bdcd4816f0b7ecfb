package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.probe.Descriptors;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.time.Duration;
import java.util.Set;

/** Fails a test that leaves a socket, pipe or selector open. */
final class DescriptorCheck implements BeforeEachCallback, AfterEachCallback {
    /** Generous, because the JDK's process reaper closes pipes at its own time. */
    private static final long LIMIT_NANOS = Duration.ofSeconds(10).toNanos();

    private Set<String> before;

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        openThoseThatTheJdkKeeps();
        before = open();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        long end = System.nanoTime() + LIMIT_NANOS;
        Set<String> left;
        while (!(left = openSince()).isEmpty()) {
            assertTrue(System.nanoTime() < end, "not closed: " + left);
            Thread.onSpinWait();
        }
    }

    /** The first connection makes the JDK open a few descriptors that it never closes. */
    private static void openThoseThatTheJdkKeeps() throws Exception {
        try (var runtime = Runtime.open()) {
            var server = runtime.listen(0, _ -> {});
            runtime.connect(server.localAddress()).readLine();
        }
    }

    private Set<String> openSince() {
        Set<String> open = open();
        open.removeAll(before);
        return open;
    }

    private static Set<String> open() {
        return Descriptors.open("socket:", "pipe:", "anon_inode:");
    }
}
