package io.loomline.protocol;

import io.loomline.probe.Eventually;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Records its callbacks, and runs an action of the test in each. */
class Recorder implements Protocol {
    /** Runs in a callback. */
    interface Action {
        void with(Transport transport) throws Exception;
    }

    final List<String> events = new CopyOnWriteArrayList<>();
    final CompletableFuture<Throwable> disconnected = new CompletableFuture<>();
    private final CompletableFuture<Transport> transport = new CompletableFuture<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final AtomicInteger inside = new AtomicInteger();

    volatile Action onConnected = _ -> {};
    volatile Action onReceived = _ -> {};
    volatile Action onInputEnded = Transport::close;
    volatile Action onWritingPaused = _ -> {};
    volatile Action onWritingResumed = _ -> {};

    /** The transport; waits until the connection is established. */
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

    private void record(String event, Action action) throws Exception {
        if (inside.getAndIncrement() != 0) events.add("overlaps: " + event);
        try {
            if (events.isEmpty() || !events.getLast().equals(event)) events.add(event);
            action.with(transport());
        } finally {
            inside.decrementAndGet();
        }
    }

    @Override
    public void connected(Transport transport) throws Exception {
        this.transport.complete(transport);
        record("connected", onConnected);
    }

    @Override
    public void received(ByteBuffer bytes) throws Exception {
        record(
                "received", // first: a test that has seen the text looks for the event
                transport -> {
                    append(bytes);
                    onReceived.with(transport);
                });
    }

    private void append(ByteBuffer bytes) {
        synchronized (received) {
            received.write(
                    bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        }
    }

    @Override
    public void inputEnded() throws Exception {
        record("inputEnded", onInputEnded);
    }

    @Override
    public void writingPaused() throws Exception {
        record("writingPaused", onWritingPaused);
    }

    @Override
    public void writingResumed() throws Exception {
        record("writingResumed", onWritingResumed);
    }

    @Override
    public void disconnected(Throwable cause) throws Exception {
        record("disconnected", _ -> {});
        disconnected.complete(cause);
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
