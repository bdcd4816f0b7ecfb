package loomline.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.Consumer;
import loomline.bench.Message.WrongAnswer;

/**
 * Lines sent and their echoes awaited, by many connections: each sends as many lines as the pipeline
 * is deep, in one write, and the next when the last of their answers has come. A closed loop.
 */
final class EchoLoad implements Load.Work {
    /** So many connect at once before each is heard: well under any backlog. */
    private static final int CONNECT_AT_ONCE = 500;

    /** So many handshakes at once: on a busy machine, a cold server takes seconds for 500 of them. */
    private static final int SHAKE_AT_ONCE = 100;

    private static final int READ_BYTES = 256 * 1024;

    private final Load.Order order;
    private final Message message;
    private final int batchBytes;
    private final Client[] clients;
    private final Selector selector = Selector.open();
    private final ByteBuffer input = Load.direct(READ_BYTES);
    private final MemorySegment inputBytes = Message.memory(input);
    private final ByteBuffer output;
    private final MemorySegment outputBytes;
    private final Consumer<SelectionKey> ready = this::ready;

    private Histogram latencies = new Histogram();
    private long deadline;
    private long answers;
    private int busy;

    /** One connection. Times are {@code System.nanoTime}. */
    private static final class Client {
        final Wire wire;
        final int id;
        SelectionKey key;
        int next; // number of the first line of the next batch
        int written; // bytes of the batch that is under way
        int answered; // bytes of its answers
        long sentAt;

        Client(Wire wire, int id) {
            this.wire = wire;
            this.id = id;
        }
    }

    EchoLoad(Load.Order order) throws IOException {
        this.order = order;
        message = new Message(order.bytes());
        batchBytes = order.bytes() * order.depth();
        clients = new Client[order.connections()];
        output = Load.direct(batchBytes);
        outputBytes = Message.memory(output);
    }

    /** Connects, and has each connection answer once. */
    @Override
    public void open() throws IOException {
        int atOnce = order.wires() instanceof TlsClient ? SHAKE_AT_ONCE : CONNECT_AT_ONCE;
        for (int from = 0; from < clients.length; from += atOnce) {
            int to = Math.min(from + atOnce, clients.length);
            for (int i = from; i < to; i++) {
                clients[i] = new Client(order.connect(), order.firstId() + i);
                clients[i].key = clients[i].wire.channel().register(selector, SelectionKey.OP_READ, clients[i]);
            }
            exchange(from, to, System.nanoTime());
        }
    }

    @Override
    public Load.Tally run(long nanos) throws IOException {
        latencies = new Histogram();
        answers = 0;
        long start = System.nanoTime();
        exchange(0, clients.length, start + nanos);
        return new Load.Tally(answers, System.nanoTime() - start, latencies);
    }

    /** Starts these connections and returns when, after the end, all have their last answer. */
    private void exchange(int from, int to, long end) throws IOException {
        deadline = end;
        busy = to - from;
        for (int i = from; i < to; i++) begin(clients[i], System.nanoTime());
        while (busy > 0) {
            if (selector.select(ready, Load.STALL_MILLIS) == 0) {
                throw new WrongAnswer(busy + " connections had no answer for "
                        + Load.STALL_MILLIS / 1000 + " s");
            }
        }
    }

    private void begin(Client client, long now) throws IOException {
        client.sentAt = now;
        client.written = 0;
        client.answered = 0;
        send(client);
    }

    private void send(Client client) throws IOException {
        for (int i = 0; i < order.depth(); i++) {
            message.compose(outputBytes, (long) i * message.bytes, client.id, client.next + i);
        }
        output.limit(batchBytes).position(client.written);
        client.written += client.wire.write(output);
        int interest = client.wire.interest(client.written < batchBytes);
        if (client.key.interestOps() != interest) client.key.interestOps(interest);
    }

    private void ready(SelectionKey key) {
        var client = (Client) key.attachment();
        try {
            if (key.isReadable()) receive(client);
            if (key.isWritable() || client.written < batchBytes) send(client); // a handshake may have ended
        } catch (IOException e) {
            throw new WrongAnswer("connection " + client.id + ": " + e);
        }
    }

    private void receive(Client client) throws IOException {
        int got = client.wire.read(input.clear());
        if (got < 0) throw new IOException("ended by the server");
        if (client.answered + got > client.written) throw new IOException("more answers than requests");
        int before = client.answered / message.bytes;
        verify(client, got);
        client.answered += got;
        int whole = client.answered / message.bytes - before;
        if (whole == 0) return;
        long now = System.nanoTime();
        latencies.add(now - client.sentAt, whole);
        answers += whole;
        if (client.answered < batchBytes) return;
        client.next += order.depth();
        if (now < deadline) begin(client, now);
        else busy--;
    }

    private void verify(Client client, int got) {
        for (int at = 0; at < got; ) {
            int number = (client.answered + at) / message.bytes;
            int offset = (client.answered + at) % message.bytes;
            int length = Math.min(message.bytes - offset, got - at);
            message.check(inputBytes, at, length, offset, client.id, client.next + number);
            at += length;
        }
    }

    @Override
    public void close() throws IOException {
        selector.close(); // deregisters, as blocking mode demands
        for (Client client : clients) client.wire.shutdownOutput();
        for (Client client : clients) client.wire.finish();
    }

    @Override
    public void abort() {
        try (selector) {
            for (Client client : clients) {
                if (client != null) client.wire.close();
            }
        } catch (IOException e) {
            // nothing is left that could be freed
        }
    }
}
