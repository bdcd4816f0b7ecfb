package io.loomline.faults;

import io.loomline.probe.LoopbackAddress;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A client on a plain socket, which owes the library nothing. */
final class Peer implements AutoCloseable {
    private static final int LIMIT_MILLIS = 20_000;

    final Socket socket;
    private final BufferedReader reader;

    private Peer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(LIMIT_MILLIS);
        socket.setTcpNoDelay(true);
        reader =
                new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1),
                        256);
    }

    static Peer to(int port) throws IOException {
        return new Peer(new Socket(LoopbackAddress.of(0).getAddress(), port));
    }

    Peer send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** The next line, or null at the end. */
    String line() throws IOException {
        return reader.readLine();
    }

    /** Sends a line and returns the answer. */
    String ask(String line) throws IOException {
        return send(line + "\n").line();
    }

    /** Closes the connection with a reset. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** What one of many clients does. */
    interface Visit {
        /** Returns its outcome. */
        String make(int number) throws Exception;
    }

    /** Runs visits on a few threads; returns how often each outcome occurred. */
    static Map<String, Long> visit(int visits, int threads, Visit visit)
            throws InterruptedException {
        Map<String, Long> outcomes = new ConcurrentHashMap<>();
        var next = new AtomicInteger();
        var ended = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            Thread.ofPlatform()
                    .daemon()
                    .start(() -> {
                        for (int n; (n = next.getAndIncrement()) < visits; ) {
                            outcomes.merge(outcome(visit, n), 1L, Long::sum);
                        }
                        ended.countDown();
                    });
        }
        ended.await();
        return outcomes;
    }

    private static String outcome(Visit visit, int number) {
        try {
            return visit.make(number);
        } catch (Exception | AssertionError e) {
            return e.toString();
        }
    }
}
