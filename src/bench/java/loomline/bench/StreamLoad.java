package loomline.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import loomline.bench.Message.WrongAnswer;

/**
 * Streams without a pause, written by the MiB. A sink says at the end how many bytes it got; an echo
 * must give back each of them. What is counted is GB, and time runs until the last has been answered.
 */
final class StreamLoad implements Load.Work {
    private static final int READ_BYTES = 1 << 20;

    private final Load.Order order;
    private final boolean sink;
    private final Pattern pattern = new Pattern();
    private final ByteBuffer input = Load.direct(READ_BYTES);
    private final MemorySegment inputBytes = Message.memory(input);
    private final Selector selector = Selector.open();
    private final Stream[] streams;
    private int open;

    private static final class Stream {
        final int id;
        final SocketChannel channel;
        long written;
        long read;
        String count = ""; // a sink's last word

        Stream(int id, SocketChannel channel) {
            this.id = id;
            this.channel = channel;
        }
    }

    StreamLoad(Load.Order order, boolean sink) throws IOException {
        this.order = order;
        this.sink = sink;
        streams = new Stream[order.connections()];
    }

    @Override
    public void open() throws IOException {
        for (int i = 0; i < streams.length; i++) {
            streams[i] = new Stream(order.firstId() + i, Load.connect(order.port()));
            int interest = SelectionKey.OP_READ | SelectionKey.OP_WRITE;
            streams[i].channel.register(selector, interest, streams[i]);
        }
    }

    @Override
    public Load.Tally run(long nanos) throws IOException {
        long start = System.nanoTime();
        boolean ending = false;
        for (open = streams.length; open > 0; ) {
            if (selector.select(this::ready, Load.STALL_MILLIS) == 0) {
                throw new WrongAnswer(open + " streams stood still for " + Load.STALL_MILLIS / 1000 + " s");
            }
            if (!ending && System.nanoTime() - start >= nanos) {
                ending = true;
                for (Stream stream : streams) {
                    stream.channel.shutdownOutput();
                    stream.channel.keyFor(selector).interestOps(SelectionKey.OP_READ);
                }
            }
        }
        double bytes = 0;
        for (Stream stream : streams) bytes += stream.written;
        return new Load.Tally(bytes / 1e9, System.nanoTime() - start, new Histogram());
    }

    private void ready(SelectionKey key) {
        var stream = (Stream) key.attachment();
        try {
            if (key.isWritable()) stream.written += stream.channel.write(pattern.from(stream.id, stream.written));
            if (key.isReadable()) read(stream);
        } catch (IOException e) {
            throw new WrongAnswer("stream " + stream.id + ": " + e);
        }
    }

    private void read(Stream stream) throws IOException {
        int got = stream.channel.read(input.clear());
        if (got < 0) {
            end(stream);
        } else if (sink) {
            stream.count += StandardCharsets.US_ASCII.decode(input.flip());
        } else {
            pattern.check(inputBytes, got, stream.id, stream.read);
            stream.read += got;
        }
    }

    private void end(Stream stream) throws IOException {
        String answered = sink ? stream.count : stream.read + "\n";
        if (!answered.equals(stream.written + "\n")) {
            throw new IOException(stream.written + " bytes sent, answer: " + answered);
        }
        stream.channel.close();
        open--;
    }

    @Override
    public void close() throws IOException {
        selector.close(); // each stream has ended with the run
    }

    @Override
    public void abort() {
        try (selector) {
            for (Stream stream : streams) {
                if (stream != null) stream.channel.close();
            }
        } catch (IOException e) {
            // nothing is left that could be freed
        }
    }
}
