package io.loomline.faults;

import io.loomline.net.Connection;
import io.loomline.probe.Eventually;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Threads that write to peers that take nothing. */
final class StalledWriters {
    private final Map<Connection, Thread> writers = new ConcurrentHashMap<>();

    /** Adds the current thread, which is about to write to a connection. */
    void add(Connection connection) {
        writers.put(connection, Thread.currentThread());
    }

    /** Waits until that many threads wait for their peers, and the kernel takes no more bytes. */
    void await(int count) throws InterruptedException {
        Eventually.holds(() -> writers.size() == count);
        long before;
        do {
            before = writtenBytes();
            for (Thread each : writers.values()) Eventually.waitsIn(each, "awaitWritable");
        } while (writtenBytes() != before);
    }

    private long writtenBytes() {
        return writers.keySet().stream().mapToLong(Connection::bytesWritten).sum();
    }
}
