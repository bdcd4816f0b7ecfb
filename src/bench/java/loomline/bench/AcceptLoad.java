package loomline.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import loomline.bench.Message.WrongAnswer;

/** Connections that come and go: connect, one line, its echo, end, the server's end. So many at a time. */
final class AcceptLoad implements Load.Work {
    /** Each holds a port for a while after its end, tcp(7) TIME_WAIT; there are 28,000. */
    private static final int MOST_IN_A_RUN = 20_000;

    private final Load.Order order;
    private final Message message;
    private final ByteBuffer input = Load.direct(64 * 1024);
    private final MemorySegment inputBytes = Message.memory(input);
    private final ByteBuffer output;
    private final MemorySegment outputBytes;
    private final Selector selector = Selector.open();
    private Histogram latencies;
    private int begun;
    private int busy;
    private int ended;

    private static final class Visit {
        final SocketChannel channel;
        final int id;
        final long startedAt;
        int answered;

        Visit(SocketChannel channel, int id, long startedAt) {
            this.channel = channel;
            this.id = id;
            this.startedAt = startedAt;
        }
    }

    AcceptLoad(Load.Order order) throws IOException {
        this.order = order;
        message = new Message(order.bytes());
        output = Load.direct(order.bytes());
        outputBytes = Message.memory(output);
    }

    @Override
    public void open() {}

    @Override
    public Load.Tally run(long nanos) throws IOException {
        latencies = new Histogram();
        begun = 0;
        ended = 0;
        busy = 0;
        long start = System.nanoTime();
        while (true) {
            boolean more = begun < MOST_IN_A_RUN && System.nanoTime() - start < nanos;
            for (; more && busy < order.connections(); busy++) begin();
            if (busy == 0) break;
            if (selector.select(this::ready, Load.STALL_MILLIS) == 0) {
                throw new WrongAnswer(busy + " connections had no answer for " + Load.STALL_MILLIS / 1000 + " s");
            }
        }
        return new Load.Tally(ended, System.nanoTime() - start, latencies);
    }

    private void begin() throws IOException {
        long now = System.nanoTime();
        var visit = new Visit(Load.connect(order.port()), begun++, now);
        visit.channel.register(selector, SelectionKey.OP_READ, visit);
        message.compose(outputBytes, 0, visit.id, 0);
        if (visit.channel.write(output.clear()) < order.bytes()) throw new IOException("short write");
    }

    private void ready(SelectionKey key) {
        var visit = (Visit) key.attachment();
        try {
            receive(visit);
        } catch (IOException e) {
            throw new WrongAnswer("connection " + visit.id + ": " + e);
        }
    }

    private void receive(Visit visit) throws IOException {
        int got = visit.channel.read(input.clear());
        if (got < 0) {
            if (visit.answered < order.bytes()) throw new IOException("ended by the server");
            visit.channel.close();
            latencies.add(System.nanoTime() - visit.startedAt, 1);
            ended++;
            busy--;
            return;
        }
        if (visit.answered + got > order.bytes()) throw new IOException("more than the echo");
        message.check(inputBytes, 0, got, visit.answered, visit.id, 0);
        visit.answered += got;
        if (visit.answered == order.bytes()) visit.channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        selector.close();
    }

    @Override
    public void abort() {
        try (selector) {
            for (SelectionKey key : selector.keys()) key.channel().close();
        } catch (IOException | java.nio.channels.ClosedSelectorException e) {
            // nothing is left that could be freed
        }
    }
}
