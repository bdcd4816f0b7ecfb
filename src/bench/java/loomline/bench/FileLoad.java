package loomline.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import loomline.bench.Message.WrongAnswer;

/** A file asked for by a line, again and again, by some connections; every byte of it is compared. Counted is GB. */
final class FileLoad implements Load.Work {
    private static final byte[] REQUEST = "next\n".getBytes(StandardCharsets.US_ASCII);

    private final Load.Order order;
    private final Pattern pattern = new Pattern();
    private final ByteBuffer input = Load.direct(1 << 20);
    private final MemorySegment inputBytes = Message.memory(input);
    private final Selector selector = Selector.open();
    private final Client[] clients;
    private Histogram latencies;
    private long deadline;
    private long bytes;
    private int busy;

    private static final class Client {
        final Wire wire;
        boolean asks;
        long received; // of the file that is under way
        long askedAt;

        Client(Wire wire) {
            this.wire = wire;
        }
    }

    FileLoad(Load.Order order) throws IOException {
        this.order = order;
        clients = new Client[order.connections()];
    }

    @Override
    public void open() throws IOException {
        for (int i = 0; i < clients.length; i++) {
            clients[i] = new Client(order.connect());
            clients[i].wire.channel().register(selector, SelectionKey.OP_READ, clients[i]);
        }
    }

    @Override
    public Load.Tally run(long nanos) throws IOException {
        latencies = new Histogram();
        bytes = 0;
        busy = clients.length;
        long start = System.nanoTime();
        deadline = start + nanos;
        for (Client client : clients) ask(client, start);
        while (busy > 0) {
            if (selector.select(this::ready, Load.STALL_MILLIS) == 0) {
                throw new WrongAnswer(busy + " files stood still for " + Load.STALL_MILLIS / 1000 + " s");
            }
        }
        return new Load.Tally(bytes / 1e9, System.nanoTime() - start, latencies);
    }

    private static void ask(Client client, long now) throws IOException {
        client.askedAt = now;
        client.received = 0;
        client.asks = client.wire.write(ByteBuffer.wrap(REQUEST)) == 0; // until the handshake is complete
    }

    private void ready(SelectionKey key) {
        var client = (Client) key.attachment();
        try {
            receive(client);
            if (client.asks) ask(client, client.askedAt);
        } catch (IOException e) {
            throw new WrongAnswer("after " + client.received + " bytes: " + e);
        }
    }

    private void receive(Client client) throws IOException {
        int got = client.wire.read(input.clear());
        if (got < 0) throw new IOException("ended by the server");
        if (client.received + got > Pattern.FILE_BYTES) throw new IOException("longer than the file");
        pattern.check(inputBytes, got, 0, client.received);
        client.received += got;
        bytes += got;
        if (client.received < Pattern.FILE_BYTES) return;
        long now = System.nanoTime();
        latencies.add(now - client.askedAt, 1);
        if (now < deadline) ask(client, now);
        else busy--;
    }

    @Override
    public void close() throws IOException {
        selector.close();
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
