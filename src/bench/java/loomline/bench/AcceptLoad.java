package loomline.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import loomline.bench.Message.WrongAnswer;

/**
 * Connections that come and go: connect, one line, its echo, end, the server's end. So many at a time.
 * Over TLS each handshake must be a full one, or each a resumed one. With resets, the load resets each
 * connection after the echo instead of ending it, which costs the load less and leaves no TIME_WAIT.
 */
final class AcceptLoad implements Load.Work {
    /** Each holds a port for a while after its end, tcp(7) TIME_WAIT; there are 28,000. */
    private static final int MOST_IN_A_RUN = 20_000;

    private final Load.Order order;
    private final boolean resumes;
    private final boolean resets;
    private final Message message;
    private final ByteBuffer input = Load.direct(64 * 1024);
    private final MemorySegment inputBytes = Message.memory(input);
    private final ByteBuffer output;
    private final MemorySegment outputBytes;
    private final Selector selector = Selector.open();
    private Histogram latencies;
    private boolean first = true;
    private int begun;
    private int busy;
    private int ended;

    private static final class Visit {
        final Wire wire;
        final int id;
        final long startedAt;
        boolean asked;
        int answered;

        Visit(Wire wire, int id, long startedAt) {
            this.wire = wire;
            this.id = id;
            this.startedAt = startedAt;
        }
    }

    AcceptLoad(Load.Order order, boolean resumes, boolean resets) throws IOException {
        this.order = order;
        this.resumes = resumes;
        this.resets = resets;
        message = new Message(order.bytes());
        output = Load.direct(order.bytes());
        outputBytes = Message.memory(output);
    }

    /** Sessions to resume come from as many full handshakes as there are connections at a time. */
    @Override
    public void open() throws IOException {
        if (resumes) visit(order.connections(), Long.MAX_VALUE);
        first = false;
    }

    @Override
    public Load.Tally run(long nanos) throws IOException {
        long start = System.nanoTime();
        visit(resets ? Integer.MAX_VALUE : MOST_IN_A_RUN, nanos);
        return new Load.Tally(ended, System.nanoTime() - start, latencies);
    }

    private void visit(int most, long nanos) throws IOException {
        latencies = new Histogram();
        begun = 0;
        ended = 0;
        busy = 0;
        long start = System.nanoTime();
        while (true) {
            boolean more = System.nanoTime() - start < nanos;
            for (; more && begun < most && busy < order.connections(); busy++) begin();
            if (busy == 0) break;
            if (selector.select(this::ready, Load.STALL_MILLIS) == 0) {
                throw new WrongAnswer(busy + " connections had no answer for " + Load.STALL_MILLIS / 1000 + " s");
            }
        }
    }

    private void begin() throws IOException {
        long now = System.nanoTime();
        var visit = new Visit(order.connect(), begun++, now);
        visit.wire.channel().register(selector, SelectionKey.OP_READ, visit);
        ask(visit);
    }

    /** Over TLS, nothing is written before the handshake is complete. */
    private void ask(Visit visit) throws IOException {
        message.compose(outputBytes, 0, visit.id, 0);
        int written = visit.wire.write(output.clear());
        if (written > 0 && written < order.bytes()) throw new IOException("short write");
        visit.asked = written > 0;
    }

    private void ready(SelectionKey key) {
        var visit = (Visit) key.attachment();
        try {
            receive(visit);
            if (!visit.asked) ask(visit);
        } catch (IOException e) {
            throw new WrongAnswer("connection " + visit.id + ": " + e);
        }
    }

    private void receive(Visit visit) throws IOException {
        int got = visit.wire.read(input.clear());
        if (got < 0) {
            if (visit.answered < order.bytes()) throw new IOException("ended by the server");
            end(visit);
            return;
        }
        if (visit.answered + got > order.bytes()) throw new IOException("more than the echo");
        message.check(inputBytes, 0, got, visit.answered, visit.id, 0);
        visit.answered += got;
        if (visit.answered < order.bytes()) return;
        if (!first && visit.wire.isResumed() != resumes) {
            throw new IOException(resumes ? "a full handshake instead of a resumed one" : "a resumed handshake");
        }
        if (resets) {
            visit.wire.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
            end(visit);
        } else {
            visit.wire.shutdownOutput();
        }
    }

    private void end(Visit visit) throws IOException {
        visit.wire.close();
        latencies.add(System.nanoTime() - visit.startedAt, 1);
        ended++;
        busy--;
    }

    @Override
    public void close() throws IOException {
        selector.close();
    }

    @Override
    public void abort() {
        try (selector) {
            for (SelectionKey key : selector.keys()) ((Visit) key.attachment()).wire.close();
        } catch (IOException | java.nio.channels.ClosedSelectorException e) {
            // nothing is left that could be freed
        }
    }
}
