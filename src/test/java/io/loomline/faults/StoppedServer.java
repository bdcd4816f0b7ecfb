package io.loomline.faults;

import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.probe.Eventually;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.Server;
import io.loomline.stream.Limits;
import io.loomline.task.Deadline;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that is stopped while its connections wait: half of the readers have a deadline, the
 * others a read timeout; the writers are of each {@link StalledWrite}. It prints its port, "all
 * wait", and how each connection has ended.
 */
final class StoppedServer {
    static final int READERS = 10;
    static final int WRITERS = StalledWrite.values().length;

    /** Longer than the program needs until all wait, and shorter than the stop. */
    static final Duration LIMIT = Duration.ofSeconds(3);

    /** More than the buffers of the kernel take. */
    static final long WRITTEN_BYTES = 32 << 20;

    static final String READ = "read";

    private static final StalledWriters WRITING = new StalledWriters();
    private static final Set<Thread> READING = ConcurrentHashMap.newKeySet();
    private static final AtomicInteger READERS_STARTED = new AtomicInteger();

    private StoppedServer() {}

    public static void main(String[] arguments) throws Exception {
        try (var runtime = Runtime.open()) {
            Server server = runtime.listen(LoopbackAddress.of(0), StoppedServer::serve);
            System.out.println(server.port());
            Eventually.holds(() -> READING.size() == READERS);
            for (Thread each : READING) Eventually.waitsIn(each, "awaitReadable");
            WRITING.await(WRITERS);
            System.out.println("all wait");
            runtime.await();
        }
    }

    /** A line per connection: the tests wait for as many. */
    private static void serve(Connection connection) throws Exception {
        String kind = connection.requireLine();
        try {
            System.out.println(kind.equals(READ) ? read(connection) : write(connection, kind));
        } catch (Exception e) {
            System.out.println(kind + " " + e);
        }
    }

    private static String read(Connection connection) throws Exception {
        READING.add(Thread.currentThread());
        boolean hasDeadline = READERS_STARTED.incrementAndGet() % 2 == 0;
        connection.limits(hasDeadline ? Limits.NONE : Limits.NONE.withReadTimeout(LIMIT));
        return hasDeadline
                ? Deadline.after(LIMIT).call(connection::requireLine)
                : connection.requireLine();
    }

    private static String write(Connection connection, String kind) throws Exception {
        var write = StalledWrite.valueOf(kind);
        WRITING.add(connection);
        while (connection.bytesWritten() < WRITTEN_BYTES) write.run(connection, LIMIT);
        return "written";
    }
}
