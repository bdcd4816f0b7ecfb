package io.loomline.faults;

import io.loomline.Runtime;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.stream.Limits;
import io.loomline.task.Task;
import io.loomline.tls.Garbage;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.TestCertificates;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;

import javax.net.ssl.SSLContext;

/** Clients of all kinds, good and bad, at servers of one runtime, until it is closed. */
final class Traffic implements AutoCloseable {
    private static final String HOST = "localhost";
    private static final int BODY_BYTES = 1 << 20;

    /** The JDK keeps 20,480 otherwise, which would look like a leak for hours. */
    private static final int SESSIONS = 100;

    private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();

    private static final Limits LIMITS =
            Limits.DEFAULT
                    .withLineTimeout(Duration.ofSeconds(2))
                    .withWriteTimeout(Duration.ofSeconds(2));

    private final Runtime runtime = Runtime.open();
    private final Server plain;
    private final Server secure;
    private final ConnectOptions tls;

    /** Held for reading by each visit, and for writing while no client is to be there. */
    private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);

    private final LatencyHistogram latencies = new LatencyHistogram();

    private final AtomicLong visits = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private volatile boolean closed;

    /** A client, from its connect to its end. */
    private interface Visit {
        void make(Random random) throws Exception;
    }

    Traffic() throws IOException {
        ServerOptions options = ServerOptions.DEFAULT.withLimits(LIMITS);
        plain = runtime.listen(LoopbackAddress.of(0), options, Traffic::serve);
        SSLContext context = TestCertificates.server(HOST).serverContext();
        context.getServerSessionContext().setSessionCacheSize(SESSIONS);
        secure =
                runtime.listen(
                        LoopbackAddress.of(0),
                        options.withTls(Tls.server(context)),
                        Traffic::serve);
        SSLContext trusting = TestCertificates.clientContext();
        trusting.getClientSessionContext().setSessionCacheSize(SESSIONS);
        tls = ConnectOptions.DEFAULT.withTls(Tls.client(trusting));
        List<Visit> kinds =
                List.of(
                        _ -> talk(runtime.connect(HOST, plain.port())),
                        _ -> talk(runtime.connect(HOST, secure.port(), tls)),
                        _ -> sendBody(),
                        this::connectAndLeave,
                        this::cancel,
                        this::sendGarbage,
                        _ -> readNothing(),
                        _ -> halfALine());
        kinds.forEach(kind -> Thread.ofPlatform().daemon().start(() -> repeat(kind)));
    }

    /** Echoes lines; "body" is followed by one, and after "flood" it writes for ever. */
    private static void serve(Connection connection) throws Exception {
        for (String line; (line = connection.readLine()) != null; ) {
            switch (line) {
                case "body" -> connection.write(connection.readExactly(BODY_BYTES));
                case "fail" -> throw new IOException("a failure of the handler");
                case "flood" -> flood(connection);
                default -> connection.writeLine(line);
            }
        }
    }

    private static void flood(Connection connection) throws IOException, InterruptedException {
        byte[] block = new byte[16_384];
        while (true) connection.write(block);
    }

    private void repeat(Visit kind) {
        var random = new Random();
        while (!closed) {
            gate.readLock().lock();
            try {
                kind.make(random);
                visits.incrementAndGet();
            } catch (Exception e) {
                if (!closed) failures.incrementAndGet();
            } finally {
                gate.readLock().unlock();
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void talk(Connection connection) throws Exception {
        try (connection) {
            for (int i = 0; i < 100; i++) {
                long start = System.nanoTime();
                connection.writeLine("line " + i);
                if (!("line " + i).equals(connection.readLine())) throw new IOException("no echo");
                latencies.add(System.nanoTime() - start);
            }
        }
    }

    private void sendBody() throws Exception {
        try (Connection connection = runtime.connect(HOST, plain.port())) {
            connection.writeLine("body");
            Task<?> writing = runtime.start(() -> connection.write(new byte[BODY_BYTES]));
            connection.readExactly(BODY_BYTES);
            writing.join();
        }
    }

    private void connectAndLeave(Random random) throws Exception {
        for (int i = 0; i < 50; i++) {
            Peer peer = Peer.to(plain.port());
            if (random.nextBoolean()) peer.send("half");
            if (random.nextInt(10) == 0) peer.send("fail\n");
            peer.reset();
        }
    }

    /** Cancels a client while it connects, writes or reads. */
    private void cancel(Random random) throws Exception {
        int port = random.nextBoolean() ? plain.port() : secure.port();
        ConnectOptions options = port == plain.port() ? ConnectOptions.DEFAULT : tls;
        Task<?> client =
                runtime.start(() -> {
                    try (Connection connection = runtime.connect(HOST, port, options)) {
                        while (true) {
                            connection.writeLine("again");
                            connection.readLine();
                        }
                    }
                });
        LockSupport.parkNanos(random.nextInt(3_000_000));
        client.cancel();
        try {
            client.join();
        } catch (CancellationException | ExecutionException e) {
            // cut in the middle
        }
    }

    private void sendGarbage(Random random) throws Exception {
        try (Peer peer = Peer.to(secure.port())) {
            peer.socket.getOutputStream().write(Garbage.bytes(random));
            peer.socket.shutdownOutput();
            peer.socket.getInputStream().readAllBytes();
        } catch (java.net.SocketException e) {
            // refused in the middle
        }
    }

    /** A slow reader, until the write limit. */
    private void readNothing() throws Exception {
        try (Peer peer = Peer.to(plain.port()).send("flood\n")) {
            LockSupport.parkNanos(LIMITS.writeTimeout().multipliedBy(2).toNanos());
            peer.reset();
        }
    }

    /** A slow writer, until the line limit ends the connection. */
    private void halfALine() throws Exception {
        try (Peer peer = Peer.to(plain.port()).send("half")) {
            if (peer.line() != null) throw new IOException("an answer to half a line");
        }
    }

    /** Runs an action while no client is there. */
    void pauseFor(Runnable action) throws InterruptedException {
        gate.writeLock().lock();
        try {
            long start = System.nanoTime();
            while (connections() > 0 && Trial.since(start).toSeconds() < 10) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            action.run();
        } finally {
            gate.writeLock().unlock();
        }
    }

    private int connections() {
        return plain.connectionCount() + secure.connectionCount();
    }

    long visits() {
        return visits.get();
    }

    long failures() {
        return failures.get();
    }

    LatencyHistogram latencies() {
        return latencies;
    }

    @Override
    public void close() {
        closed = true;
        gate.writeLock().lock(); // until every visit has ended
        runtime.close();
    }
}
