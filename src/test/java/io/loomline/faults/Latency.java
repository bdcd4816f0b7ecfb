package io.loomline.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;

/** The times of round trips that a good client has measured. */
record Latency(Duration p99) {
    /** Sends lines one after the other to an echo server, as long as that. */
    static Latency of(int port, Duration length) throws IOException {
        long[] nanos = new long[1 << 20];
        int count = 0;
        long end = System.nanoTime() + length.toNanos();
        try (Peer peer = Peer.to(port)) {
            for (long now = System.nanoTime(); now < end && count < nanos.length; ) {
                long start = now;
                if (!"ping".equals(peer.ask("ping"))) throw new IOException("no echo");
                now = System.nanoTime();
                nanos[count++] = now - start;
            }
        }
        long[] sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        return new Latency(Duration.ofNanos(sorted[count * 99 / 100]));
    }

    String p99Text() {
        return "%.2f ms".formatted(p99.toNanos() / 1e6);
    }
}
