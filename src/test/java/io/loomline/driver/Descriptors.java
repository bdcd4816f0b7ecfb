package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** Counts the sockets and selectors that this process has open: proc(5). */
public final class Descriptors {
    private static final Duration BOUND = Duration.ofSeconds(10);

    static {
        Jdk.warmUp();
    }

    private Descriptors() {}

    /** Makes the JDK open its internal descriptors, which it does at the first socket and wait. */
    private static final class Jdk {
        static void warmUp() {
            try {
                Started.start(Jdk::waitOnce).join();
            } catch (Exception e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private static int waitOnce() throws IOException {
            try (var selector = Selector.open();
                    var socket = ServerSocketChannel.open()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                return selector.select(1);
            }
        }
    }

    public static int count() {
        return open().size();
    }

    /** Waits until the given number is open, because a driver frees descriptors after the close. */
    public static void awaitCount(int expected) throws IOException {
        long startNanos = System.nanoTime();
        while (count() != expected && System.nanoTime() - startNanos < BOUND.toNanos()) {
            LockSupport.parkNanos(1);
        }
        assertEquals(expected, count(), () -> "open descriptors");
    }

    private static Set<String> open() {
        return io.loomline.probe.Descriptors.open("socket:", "anon_inode:");
    }
}
