package io.loomline.faults;

import io.loomline.probe.LoopbackAddress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Clients on one thread that each send a byte of a line from time to time. */
final class Slowloris implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final int port;
    private final int clients;
    private final List<Client> all = new ArrayList<>();
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::run);
    private final AtomicInteger secondBytes = new AtomicInteger();
    private volatile boolean closed;

    /** One of them, used by the thread. */
    private final class Client {
        final SocketChannel channel;
        private int sent;
        private long nextNanos = System.nanoTime();

        Client() throws IOException {
            channel = SocketChannel.open(LoopbackAddress.of(port));
            channel.configureBlocking(false);
        }

        void send() {
            try {
                sent += channel.write(ByteBuffer.wrap(new byte[] {'x'}));
                if (sent == 2) secondBytes.incrementAndGet();
            } catch (IOException e) {
                // the server has cut this client
            }
            nextNanos += PAUSE.toNanos();
        }
    }

    Slowloris(int port, int clients) {
        this.port = port;
        this.clients = clients;
    }

    void start() {
        thread.start();
    }

    /** How many clients have sent a second byte before they were cut. */
    int secondBytes() {
        return secondBytes.get();
    }

    private void run() {
        try {
            for (int i = 0; i < clients && !closed; i++) {
                var client = new Client();
                all.add(client);
                client.send();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        while (true) {
            for (Client each : all) {
                while (!closed && System.nanoTime() < each.nextNanos) {
                    LockSupport.parkNanos(each.nextNanos - System.nanoTime());
                }
                if (closed) return;
                each.send();
            }
        }
    }

    private void awaitEnd() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        LockSupport.unpark(thread);
        awaitEnd();
        for (Client each : all) each.channel.close();
    }
}
