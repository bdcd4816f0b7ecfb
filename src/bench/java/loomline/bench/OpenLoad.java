package loomline.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import loomline.bench.Message.WrongAnswer;

import java.lang.foreign.MemorySegment;

/**
 * Lines sent by a fixed schedule, whether or not earlier ones were answered: an open load. The connections take
 * turns. A latency counts from the time at which the line was due, so a server that stands still for a while
 * makes all lines late that were due meanwhile, and so does a load that is late itself.
 */
final class OpenLoad implements Load.Work {
    /** Between two looks at the schedule. Longer than that, a line is late by the load's fault. */
    private static final long PAUSE_NANOS = 20_000;

    private static final int READ_BYTES = 256 * 1024;

    private final int perSecond;
    private final Message message;
    private final Client[] clients;
    private final Selector selector = Selector.open();
    private final ByteBuffer input = Load.direct(READ_BYTES);
    private final MemorySegment inputBytes = Message.memory(input);
    private final ByteBuffer output;
    private final MemorySegment outputBytes;
    private final Consumer<SelectionKey> ready = this::ready;

    private final Histogram latencies = new Histogram();
    private long startNanos;
    private long due;
    private long answers;

    /** One connection. The counts are of this run; lines are numbered on from run to run. */
    private static final class Client {
        final Wire wire;
        final int id;
        final int turn;
        SelectionKey key;
        int firstLine; // of this run
        long dueBytes;
        long written;
        long answered;

        Client(Wire wire, int id, int turn) {
            this.wire = wire;
            this.id = id;
            this.turn = turn;
        }

        /** Prepares the next run. */
        void next(int lineBytes) {
            firstLine += (int) (answered / lineBytes);
            dueBytes = written = answered = 0;
        }
    }

    /** The depth of the order is the number of lines per second, of all connections together. */
    OpenLoad(Load.Order order) throws IOException {
        perSecond = order.depth();
        message = new Message(order.bytes());
        output = Load.direct(message.bytes);
        outputBytes = Message.memory(output);
        clients = new Client[order.connections()];
        for (int i = 0; i < clients.length; i++) clients[i] = new Client(order.connect(), order.firstId() + i, i);
    }

    @Override
    public void open() throws IOException {
        for (Client each : clients) each.key = each.wire.channel().register(selector, SelectionKey.OP_READ, each);
    }

    @Override
    public Load.Tally run(long nanos) throws IOException {
        latencies.clear();
        due = 0;
        answers = 0;
        startNanos = System.nanoTime();
        long all = (long) (nanos / 1e9 * perSecond);
        while (due < all) {
            send(Math.min(all, dueAt(System.nanoTime())));
            if (selector.selectNow(ready) == 0) LockSupport.parkNanos(PAUSE_NANOS);
        }
        while (answers < all) {
            if (selector.select(ready, Load.STALL_MILLIS) == 0) {
                throw new WrongAnswer(all - answers + " lines had no answer for " + Load.STALL_MILLIS / 1000 + " s");
            }
        }
        long took = System.nanoTime() - startNanos;
        for (Client each : clients) each.next(message.bytes);
        return new Load.Tally(all, took, latencies);
    }

    /** How many lines are due until then. */
    private long dueAt(long nanos) {
        return (long) ((nanos - startNanos) / 1e9 * perSecond) + 1;
    }

    private void send(long until) throws IOException {
        for (; due < until; due++) {
            Client client = clients[(int) (due % clients.length)];
            client.dueBytes += message.bytes;
            write(client);
        }
    }

    private void write(Client client) throws IOException {
        while (client.written < client.dueBytes) {
            int number = client.firstLine + (int) (client.written / message.bytes);
            message.compose(outputBytes, 0, client.id, number);
            output.limit(message.bytes).position((int) (client.written % message.bytes));
            int taken = client.wire.write(output);
            client.written += taken;
            if (taken == 0) break;
        }
        int interest = client.wire.interest(client.written < client.dueBytes);
        if (client.key.interestOps() != interest) client.key.interestOps(interest);
    }

    private void ready(SelectionKey key) {
        var client = (Client) key.attachment();
        try {
            if (key.isReadable()) receive(client);
            if (key.isWritable()) write(client);
        } catch (IOException e) {
            throw new WrongAnswer("connection " + client.id + ": " + e);
        }
    }

    private void receive(Client client) throws IOException {
        int got = client.wire.read(input.clear());
        if (got < 0) throw new IOException("ended by the server");
        if (client.answered + got > client.written) throw new IOException("more answers than requests");
        long now = System.nanoTime();
        for (int at = 0; at < got; ) {
            int number = (int) (client.answered / message.bytes);
            int offset = (int) (client.answered % message.bytes);
            int length = Math.min(message.bytes - offset, got - at);
            message.check(inputBytes, at, length, offset, client.id, client.firstLine + number);
            at += length;
            client.answered += length;
            if (offset + length == message.bytes) {
                latencies.add(now - dueNanos(client, number), 1);
                answers++;
            }
        }
    }

    private long dueNanos(Client client, int number) {
        return startNanos + (long) (((long) number * clients.length + client.turn) * 1e9 / perSecond);
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
            for (Client client : clients) client.wire.close();
        } catch (IOException e) {
            // nothing is left that could be freed
        }
    }
}
