package io.loomline.faults;

import io.loomline.probe.Descriptors;
import io.loomline.probe.Leftovers;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/** What this process has open. A row must return to it. */
record Baseline(int descriptors, Set<String> threads) {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final long POLL_NANOS = Duration.ofMillis(20).toNanos();

    static Baseline take() throws IOException {
        Descriptors.openThoseThatTheJdkKeeps();
        return new Baseline(openDescriptors(), Leftovers.threads());
    }

    /** Sockets, and the eventfd of each loop; the pollers of the JDK have none. */
    static int openDescriptors() {
        return Descriptors.open("socket:", "eventfd").size();
    }

    /** Waits until everything is as before, for at most the limit. */
    void require(Trial trial) {
        long start = System.nanoTime();
        while (!isBack() && Trial.since(start).compareTo(LIMIT) < 0) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        trial.atMost("fds left", 0, Math.max(0, openDescriptors() - descriptors));
        Set<String> left = left();
        trial.atMost("threads left", 0, left.size());
        if (!left.isEmpty()) trial.note(left.stream().limit(3).toList().toString());
    }

    private boolean isBack() {
        return openDescriptors() <= descriptors && left().isEmpty();
    }

    private Set<String> left() {
        Set<String> left = new TreeSet<>(Leftovers.threads());
        left.removeAll(threads);
        return left;
    }
}
