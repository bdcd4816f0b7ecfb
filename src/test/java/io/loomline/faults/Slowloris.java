package io.loomline.faults;

import io.loomline.probe.LoopbackAddress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Clients on one thread that each send a byte of a line from time to time. */
final class Slowloris implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final int port;
    private final int clients;
    private final List<SocketChannel> channels = new ArrayList<>();
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::run);
    private volatile boolean closed;

    Slowloris(int port, int clients) {
        this.port = port;
        this.clients = clients;
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            for (int i = 0; i < clients && !closed; i++) {
                SocketChannel channel = SocketChannel.open(LoopbackAddress.of(port));
                channels.add(channel);
                channel.configureBlocking(false);
                send(channel);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        while (!closed) {
            LockSupport.parkNanos(PAUSE.toNanos());
            channels.forEach(Slowloris::send);
        }
    }

    private static void send(SocketChannel channel) {
        try {
            channel.write(ByteBuffer.wrap(new byte[] {'x'}));
        } catch (IOException e) {
            // the server has cut this client
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
        for (SocketChannel channel : channels) channel.close();
    }
}
