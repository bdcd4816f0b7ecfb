package loomline.bench;

import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.outbox.Broadcast;
import io.loomline.outbox.Outbox;
import io.loomline.outbox.OutboxOptions;
import io.loomline.outbox.OutboxOptions.WhenFull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * What a broadcast costs: a server in a process of its own sends each line of one client to all
 * members, which this process reads with one selector.
 *
 *   mvn -q -Pbench -Dbench=loomline/bench/OutboxBench -Dargs="flood WAIT 2000 1000"      members, lines
 *   mvn -q -Pbench -Dbench=loomline/bench/OutboxBench -Dargs="paced WAIT 2000 1000 25"   lines a second
 *   mvn -q -Pbench -Dbench=loomline/bench/OutboxBench -Dargs="stuck CUT 100 2000 200"    one more never reads
 *
 * The second word is the policy, or "naive": the handler writes to each member itself.
 */
final class OutboxBench {
    static final int LINE_BYTES = 64;
    static final int STUCK_LINE_BYTES = 4096; // so that the stuck one's queue is full soon

    private final ProcessHandle server;
    private final int lineBytes;
    private final int lines;
    private final int rate; // lines a second; 0 without a pause
    private final Member[] members;
    private final Selector selector = Selector.open();
    private final Histogram latencies = new Histogram();
    private long delivered;

    private static final class Member {
        final SocketChannel channel;
        final ByteBuffer input;
        int next = -1; // the greeting comes first

        Member(SocketChannel channel, int bytes) {
            this.channel = channel;
            this.input = ByteBuffer.allocateDirect(bytes);
        }
    }

    private OutboxBench(String[] args, ProcessHandle server) throws IOException {
        this.server = server;
        lineBytes = args[0].equals("stuck") ? STUCK_LINE_BYTES : LINE_BYTES;
        members = new Member[Integer.parseInt(args[2])];
        lines = Integer.parseInt(args[3]);
        rate = args.length > 4 ? Integer.parseInt(args[4]) : 0;
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("serve")) {
            serve(args[1]);
            return;
        }
        Process server = startServer(args[1]);
        try {
            int port = Integer.parseInt(server.inputReader().readLine());
            new OutboxBench(args, server.toHandle()).measure(port, args[0].equals("stuck"));
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    static Process startServer(String policy) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--module-path", System.getProperty("jdk.module.path"),
                        "--add-modules", "io.loomline",
                        "--enable-native-access=io.loomline",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
                        "-Xmx2g",
                        "--source", "25",
                        "src/bench/java/loomline/bench/OutboxBench.java", "serve", policy)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    static void serve(String policy) throws Exception {
        ConnectionHandler handler = policy.equals("naive") ? naive() : broadcast(policy);
        try (var runtime = Runtime.open()) {
            System.out.println(runtime.listen(0, handler).port());
            runtime.await();
        }
    }

    static ConnectionHandler broadcast(String policy) {
        var room = new Broadcast();
        var options = OutboxOptions.DEFAULT.withWhenFull(WhenFull.valueOf(policy));
        return connection -> {
            try (var outbox = Outbox.of(connection, options)) {
                if (connection.readLine().equals("publish")) {
                    for (String line : connection.lines()) room.sendLine(line);
                } else {
                    room.join(outbox);
                    outbox.offerLine(" ".repeat(connection.readLine().length()));
                    connection.readLine();
                }
            }
        };
    }

    static ConnectionHandler naive() {
        Set<Connection> room = ConcurrentHashMap.newKeySet();
        return connection -> {
            if (connection.readLine().equals("publish")) {
                for (String line : connection.lines()) {
                    for (Connection member : room) member.writeLine(line);
                }
            } else {
                connection.writeLine(" ".repeat(connection.readLine().length()));
                room.add(connection);
                connection.readLine();
            }
        };
    }

    private void measure(int port, boolean withStuck) throws Exception {
        String member = "member\n" + ".".repeat(lineBytes - 1) + "\n";
        for (int i = 0; i < members.length; i++) {
            members[i] = new Member(connect(port, 0), 32 * 1024);
            members[i].channel.register(selector, SelectionKey.OP_READ, members[i]);
            write(members[i].channel, member);
        }
        awaitDelivered(members.length);
        run(port, "warm up: ");
        run(port, "all read: ");
        if (!withStuck) return;
        SocketChannel stuck = connect(port, 4096);
        write(stuck, member);
        LockSupport.parkNanos(100_000_000); // until it has joined
        run(port, "one does not: ");
        run(port, "again: ");
        stuck.close();
    }

    private void run(int port, String title) throws Exception {
        delivered = 0;
        for (Member each : members) each.next = 0;
        latencies.clear();
        SocketChannel publisher = connect(port, 0);
        write(publisher, "publish\n");
        publisher.configureBlocking(true);
        Duration cpu = server.info().totalCpuDuration().orElseThrow();
        long start = System.nanoTime();
        Thread writer = Thread.ofPlatform().start(() -> publish(publisher));
        awaitDelivered((long) members.length * lines);
        double seconds = (System.nanoTime() - start) / 1e9;
        writer.join();
        publisher.close();
        cpu = server.info().totalCpuDuration().orElseThrow().minus(cpu);
        System.out.printf("%s%,d deliveries in %.2f s: %,.0f/s, CPU %.2f us each, p50 %,.0f us, p99 %,.0f us, most %,.0f us%n",
                title, delivered, seconds, delivered / seconds, cpu.toNanos() / 1e3 / delivered,
                latencies.micros(0.5), latencies.micros(0.99), latencies.micros(1));
    }

    private void publish(SocketChannel channel) {
        try {
            long start = System.nanoTime();
            String padding = ".".repeat(lineBytes - 25);
            for (int i = 0; i < lines; i++) {
                if (rate > 0) {
                    long due = start + i * 1_000_000_000L / rate;
                    for (long wait; (wait = due - System.nanoTime()) > 0; ) LockSupport.parkNanos(wait);
                }
                String line = "%016x%08d%s\n".formatted(System.nanoTime(), i, padding);
                channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
            }
        } catch (IOException e) {
            throw new IllegalStateException("the publisher's connection", e);
        }
    }

    private void awaitDelivered(long count) throws IOException {
        while (delivered < count) {
            if (selector.select(this::receive, 60_000) == 0) {
                throw new IOException("nothing for 60 s after %,d of %,d deliveries".formatted(delivered, count));
            }
        }
    }

    private void receive(SelectionKey key) {
        var member = (Member) key.attachment();
        try {
            if (member.channel.read(member.input) < 0) throw new IOException("ended by the server");
        } catch (IOException e) {
            throw new IllegalStateException("a member", e);
        }
        ByteBuffer input = member.input.flip();
        for (; input.remaining() >= lineBytes; input.position(input.position() + lineBytes)) accept(member);
        input.compact();
    }

    /** Each member gets every line, in order. */
    private void accept(Member member) {
        delivered++;
        if (member.next >= 0) {
            long number = number(member.input, 16, 8, 10);
            if (number != member.next) throw new IllegalStateException("line " + number + ", not " + member.next);
            latencies.add(System.nanoTime() - number(member.input, 0, 16, 16), 1);
        }
        member.next++;
    }

    private static long number(ByteBuffer input, int offset, int digits, int radix) {
        long number = 0;
        for (int i = 0; i < digits; i++) {
            number = number * radix + Character.digit(input.get(input.position() + offset + i), radix);
        }
        return number;
    }

    /** With a receive buffer of that size, if it is not 0. */
    private static SocketChannel connect(int port, int receiveBytes) throws IOException {
        var channel = SocketChannel.open();
        if (receiveBytes > 0) channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBytes);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.configureBlocking(false);
        return channel;
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
