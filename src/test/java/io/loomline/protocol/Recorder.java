package io.loomline.protocol;

import io.loomline.probe.Eventually;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Notes what it is told, and does in each callback what a test has it do. */
class Recorder implements Protocol {
    /** What a test does in a callback. */
    interface Deed {
        void with(Transport transport) throws Exception;
    }

    final List<String> events = new CopyOnWriteArrayList<>();
    final CompletableFuture<Throwable> disconnected = new CompletableFuture<>();
    private final CompletableFuture<Transport> transport = new CompletableFuture<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final AtomicInteger inside = new AtomicInteger();

    volatile Deed onConnected = _ -> {};
    volatile Deed onReceived = _ -> {};
    volatile Deed onInputEnded = Transport::close;
    volatile Deed onWritingPaused = _ -> {};
    volatile Deed onWritingResumed = _ -> {};

    /** Of the connection, once it has one. */
    Transport transport() {
        return transport.join();
    }

    String text() {
        synchronized (received) {
            return received.toString(StandardCharsets.UTF_8);
        }
    }

    void awaitText(String expected) throws InterruptedException {
        Eventually.holds(() -> text().equals(expected));
    }

    void awaitEvent(String event) throws InterruptedException {
        Eventually.holds(() -> events.contains(event));
    }

    private void told(String event, Deed deed) throws Exception {
        if (inside.getAndIncrement() != 0) events.add("overlaps: " + event);
        try {
            if (events.isEmpty() || !events.getLast().equals(event)) events.add(event);
            deed.with(transport());
        } finally {
            inside.decrementAndGet();
        }
    }

    @Override
    public void connected(Transport transport) throws Exception {
        this.transport.complete(transport);
        told("connected", onConnected);
    }

    @Override
    public void received(ByteBuffer bytes) throws Exception {
        synchronized (received) {
            received.write(
                    bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        }
        told("received", onReceived);
    }

    @Override
    public void inputEnded() throws Exception {
        told("inputEnded", onInputEnded);
    }

    @Override
    public void writingPaused() throws Exception {
        told("writingPaused", onWritingPaused);
    }

    @Override
    public void writingResumed() throws Exception {
        told("writingResumed", onWritingResumed);
    }

    @Override
    public void disconnected(Throwable cause) throws Exception {
        told("disconnected", _ -> {});
        disconnected.complete(cause);
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
