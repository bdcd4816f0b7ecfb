package io.loomline;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** Clients that connect, exchange lines and close, all the time; and what went wrong. */
final class RestartLoad {
    private static final int CLIENTS = 8;
    private static final int LINES_OF_CONNECTION = 5;

    /** How many answers each server gives at least. */
    private static final int PROGRESS = 1000;

    /** More than a server takes to start. */
    private static final int TIMEOUT_MILLIS = 60_000;

    private final InetSocketAddress server;
    private final List<Thread> clients = new ArrayList<>();
    private final LongAdder connects = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final LongAdder failedConnects = new LongAdder();
    private final LongAdder resets = new LongAdder();
    private final LongAdder lostLines = new LongAdder();
    private final Queue<Exception> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    RestartLoad(int port) {
        server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    void start() {
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Thread.ofPlatform().daemon().name("client " + i).start(this::run));
        }
    }

    private void run() {
        while (!stopped) {
            try (var socket = new Socket()) {
                if (connect(socket)) talk(socket);
            } catch (IOException e) {
                failures.add(e);
            }
        }
    }

    private boolean connect(Socket socket) {
        connects.increment();
        try {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.setTcpNoDelay(true);
            socket.connect(server, TIMEOUT_MILLIS);
            return true;
        } catch (IOException e) {
            failedConnects.increment();
            failures.add(e);
            return false;
        }
    }

    private void talk(Socket socket) throws IOException {
        for (int i = 0; i < LINES_OF_CONNECTION; i++) {
            long number = connects.sum();
            byte[] line = ("line " + number + " " + i + "\n").getBytes(StandardCharsets.US_ASCII);
            try {
                socket.getOutputStream().write(line);
                byte[] answer = socket.getInputStream().readNBytes(line.length);
                if (Arrays.equals(line, answer)) answered.increment();
                else lose(new IOException("got " + answer.length + " bytes of an answer"));
                if (answer.length < line.length) return;
            } catch (IOException e) {
                resets.increment();
                lose(e);
                return;
            }
        }
        socket.shutdownOutput();
        if (socket.getInputStream().read() >= 0) lose(new IOException("more than the answers"));
    }

    private void lose(IOException e) {
        lostLines.increment();
        failures.add(e);
    }

    /** Waits until the clients have had more answers. */
    @SuppressWarnings("ThreadPriorityCheck")
    void awaitProgress() {
        long enough = answered.sum() + PROGRESS;
        while (answered.sum() < enough && failures.isEmpty()) Thread.yield();
    }

    void stop() throws InterruptedException {
        stopped = true;
        for (Thread client : clients) client.join();
    }

    long answered() {
        return answered.sum();
    }

    boolean isClean() {
        return failures.isEmpty() && connects.sum() > 0;
    }

    @Override
    public String toString() {
        return "%d connects, %d lines answered; %d failed connects, %d resets, %d lost lines%s"
                .formatted(
                        connects.sum(),
                        answered.sum(),
                        failedConnects.sum(),
                        resets.sum(),
                        lostLines.sum(),
                        failures.isEmpty() ? "" : "; first: " + failures.peek());
    }
}
