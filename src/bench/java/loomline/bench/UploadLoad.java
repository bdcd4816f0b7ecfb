package loomline.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import loomline.bench.Message.WrongAnswer;

/**
 * Streams to the server, without a pause, which answers each whole MiB by a newline. Unlike a sink's,
 * its connections outlive the round: over TLS, not every server can answer after the client's end.
 */
final class UploadLoad implements Load.Work {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Load.Order order;
    private final Pattern pattern = new Pattern();
    private final ByteBuffer input = Load.direct(64 * 1024);
    private final Selector selector = Selector.open();
    private final Stream[] streams;
    private long deadline;
    private int busy;

    private static final class Stream {
        final int id;
        final Wire wire;
        SelectionKey key;
        long written;
        long answered; // MiB
        boolean full; // has no more to write in this round
        boolean done; // and all of it is answered

        Stream(int id, Wire wire) {
            this.id = id;
            this.wire = wire;
        }
    }

    UploadLoad(Load.Order order) throws IOException {
        this.order = order;
        streams = new Stream[order.connections()];
    }

    /** A first MiB for each, so that no handshake is left for the round. */
    @Override
    public void open() throws IOException {
        for (int i = 0; i < streams.length; i++) {
            streams[i] = new Stream(order.firstId() + i, order.connect());
            streams[i].key = streams[i].wire.channel().register(selector, SelectionKey.OP_READ, streams[i]);
        }
        exchange(System.nanoTime());
    }

    @Override
    public Load.Tally run(long nanos) throws IOException {
        long start = System.nanoTime();
        double before = written();
        exchange(start + nanos);
        return new Load.Tally((written() - before) / 1e9, System.nanoTime() - start, new Histogram());
    }

    private double written() {
        double bytes = 0;
        for (Stream stream : streams) bytes += stream.written;
        return bytes;
    }

    private void exchange(long end) throws IOException {
        deadline = end;
        busy = streams.length;
        for (Stream stream : streams) {
            stream.full = false;
            stream.done = false;
            step(stream, false);
        }
        while (busy > 0) {
            if (selector.select(this::ready, Load.STALL_MILLIS) == 0) {
                throw new WrongAnswer(busy + " streams stood still for " + Load.STALL_MILLIS / 1000 + " s");
            }
        }
    }

    private void ready(SelectionKey key) {
        var stream = (Stream) key.attachment();
        try {
            step(stream, key.isReadable());
        } catch (IOException e) {
            throw new WrongAnswer("stream " + stream.id + ": " + e);
        }
    }

    private void step(Stream stream, boolean readable) throws IOException {
        if (readable) read(stream);
        if (stream.full) {
            stream.wire.write(NOTHING);
        } else {
            stream.written += stream.wire.write(pattern.from(stream.id, stream.written));
            boolean whole = stream.written > 0 && stream.written % Pattern.BLOCK_BYTES == 0;
            stream.full = whole && System.nanoTime() >= deadline;
        }
        if (stream.full && !stream.done && stream.answered == stream.written / Pattern.BLOCK_BYTES) {
            stream.done = true;
            busy--;
        }
        stream.key.interestOps(stream.wire.interest(!stream.full));
    }

    private void read(Stream stream) throws IOException {
        int got = stream.wire.read(input.clear());
        if (got < 0) throw new IOException("ended by the server");
        for (int i = 0; i < got; i++) {
            if (input.get(i) != '\n') throw new IOException("answered wrongly");
        }
        stream.answered += got;
        if (stream.answered > stream.written / Pattern.BLOCK_BYTES) throw new IOException("answered too much");
    }

    @Override
    public void close() throws IOException {
        selector.close();
        for (Stream stream : streams) stream.wire.finish();
    }

    @Override
    public void abort() {
        try (selector) {
            for (Stream stream : streams) {
                if (stream != null) stream.wire.close();
            }
        } catch (IOException e) {
            // nothing is left that could be freed
        }
    }
}
