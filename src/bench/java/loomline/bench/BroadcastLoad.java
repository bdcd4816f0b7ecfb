package loomline.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import loomline.bench.Message.WrongAnswer;

/**
 * One connection says a line, all get it, itself too; when the last has it, the next is said. Counted
 * is what arrives. The server greets each connection with an empty line once it belongs to the others.
 */
final class BroadcastLoad implements Load.Work {
    private final Load.Order order;
    private final Message message;
    private final ByteBuffer input = Load.direct(64 * 1024);
    private final MemorySegment inputBytes = Message.memory(input);
    private final ByteBuffer output;
    private final MemorySegment outputBytes;
    private final Selector selector = Selector.open();
    private final Member[] members;
    private Histogram latencies;
    private long saidAt;
    private int number;
    private int waiting; // members that have not got the line

    private static final class Member {
        final SocketChannel channel;
        boolean greeted;
        int received;

        Member(SocketChannel channel) {
            this.channel = channel;
        }
    }

    BroadcastLoad(Load.Order order) throws IOException {
        this.order = order;
        message = new Message(order.bytes());
        members = new Member[order.connections()];
        output = Load.direct(order.bytes());
        outputBytes = Message.memory(output);
    }

    @Override
    public void open() throws IOException {
        for (int i = 0; i < members.length; i++) {
            members[i] = new Member(Load.connect(order.port()));
            members[i].channel.register(selector, SelectionKey.OP_READ, members[i]);
            waiting++;
            if (waiting == 500 || i == members.length - 1) awaitAll(); // greetings
        }
    }

    @Override
    public Load.Tally run(long nanos) throws IOException {
        latencies = new Histogram();
        long start = System.nanoTime();
        double arrived = 0;
        do {
            say();
            awaitAll();
            arrived += members.length;
        } while (System.nanoTime() - start < nanos);
        return new Load.Tally(arrived, System.nanoTime() - start, latencies);
    }

    private void say() throws IOException {
        number++;
        waiting = members.length;
        for (Member member : members) member.received = 0;
        message.compose(outputBytes, 0, 0, number);
        saidAt = System.nanoTime();
        if (members[0].channel.write(output.clear()) < order.bytes()) throw new IOException("short write");
    }

    private void awaitAll() throws IOException {
        while (waiting > 0) {
            if (selector.select(this::ready, Load.STALL_MILLIS) == 0) {
                throw new WrongAnswer(waiting + " members got nothing for " + Load.STALL_MILLIS / 1000 + " s");
            }
        }
    }

    private void ready(SelectionKey key) {
        var member = (Member) key.attachment();
        try {
            receive(member);
        } catch (IOException e) {
            throw new WrongAnswer("a member of " + members.length + ": " + e);
        }
    }

    private void receive(Member member) throws IOException {
        int got = member.channel.read(input.clear());
        if (got < 0) throw new IOException("ended by the server");
        if (!member.greeted) {
            if (got != 1 || input.get(0) != '\n') throw new IOException("greeted wrongly");
            member.greeted = true;
            waiting--;
            return;
        }
        if (member.received + got > order.bytes()) throw new IOException("more than the line");
        message.check(inputBytes, 0, got, member.received, 0, number);
        member.received += got;
        if (member.received < order.bytes()) return;
        latencies.add(System.nanoTime() - saidAt, 1);
        waiting--;
    }

    @Override
    public void close() throws IOException {
        selector.close();
        for (Member member : members) member.channel.shutdownOutput();
        for (Member member : members) Load.finish(member.channel);
    }

    @Override
    public void abort() {
        try (selector) {
            for (Member member : members) {
                if (member != null) member.channel.close();
            }
        } catch (IOException e) {
            // nothing is left that could be freed
        }
    }
}
