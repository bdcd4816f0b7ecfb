import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Channel;
import io.loomline.net.Connection;
import io.loomline.net.Relay;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.task.SystemClock;
import io.loomline.task.Task;

import com.sun.management.OperatingSystemMXBean;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * What greedy tasks, whose calls always succeed at once, leave to others: two of a kind on two carriers, beside
 * clients that send a line every 10 ms, connects, and a timer. Prints the p99 of each, and what the greedy tasks
 * do per CPU second of the process, alone and beside the others. The clients are a process of its own.
 *
 *   mvn -q -Pbench -Dbench=FairnessBench
 *   mvn -q -Pbench -Dbench=FairnessBench -Dargs="10"      10 s each instead of 3
 */
public class FairnessBench {
    static final int GREEDY = 2;
    static final int CLIENTS = 10;
    static final long PAUSE_NANOS = 10_000_000;
    static final int BLOCK_BYTES = 64 * 1024;

    static final LongAdder done = new LongAdder();

    /** Starts greedy tasks. */
    interface Kind {
        void start(Runtime runtime) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 3) {
            int port = Integer.parseInt(arguments[1]);
            visit(port, 1); // warms the code up
            System.out.println("ready");
            System.in.read();
            System.out.println(visit(port, Double.parseDouble(arguments[2])));
            return;
        }
        double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 3;
        System.out.println("p99 in ms; what the greedy tasks do per CPU second beside the others, in what they do alone");
        System.out.printf("%-34s%8s%9s%8s%8s%11s%n", "two tasks that", "lines", "connects", "timer", "max", "remaining");
        measure("do nothing", seconds, _ -> {});
        measure("read what has come always", seconds, FairnessBench::readers);
        measure("write what is taken always", seconds, FairnessBench::writers);
        measure("relay what has come always", seconds, FairnessBench::relays);
        measure("receive a flood of datagrams", seconds, FairnessBench::datagrams);
        measure("serve a flood of connects", seconds, FairnessBench::accepts);
    }

    static void measure(String name, double seconds, Kind kind) throws Exception {
        try (var runtime = Runtime.open(RuntimeOptions.DEFAULT)) {
            Server server = runtime.listen(0, connection -> {
                for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
            });
            Process clients = clients(server.port(), seconds);
            kind.start(runtime);
            pause(0.5);
            double alone = rate(() -> pause(seconds));
            var timer = new Lateness();
            Task<Void> sleeper = runtime.start(timer::run);
            String[] found = new String[1];
            double beside = rate(() -> found[0] = answer(clients));
            sleeper.cancel("enough");
            String[] millis = found[0].split(" ");
            System.out.printf(Locale.ROOT, "%-34s%8s%9s%8.2f%8s%11s%n", name, millis[0], millis[1], timer.p99() / 1e6, millis[2],
                    alone > 0 ? String.format(Locale.ROOT, "%.3f", beside / alone) : "");
        }
    }

    interface Step {
        void run() throws Exception;
    }

    /** What the greedy tasks do meanwhile, per CPU second of the process. */
    static double rate(Step step) throws Exception {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long before = done.sum();
        long start = system.getProcessCpuTime();
        step.run();
        return (done.sum() - before) / ((system.getProcessCpuTime() - start) / 1e9);
    }

    static void pause(double seconds) {
        LockSupport.parkNanos((long) (seconds * 1e9));
    }

    /** How late a task wakes that sleeps again and again. */
    static final class Lateness {
        final long[] nanos = new long[100_000];
        volatile int count;

        void run() throws InterruptedException {
            while (count < nanos.length) {
                long due = System.nanoTime() + PAUSE_NANOS;
                Task.sleep(Duration.ofNanos(PAUSE_NANOS));
                nanos[count] = System.nanoTime() - due;
                count++;
            }
        }

        double p99() {
            return FairnessBench.p99(Arrays.copyOf(nanos, count));
        }
    }

    static double p99(long[] nanos) {
        Arrays.sort(nanos);
        return nanos.length == 0 ? 0 : nanos[(nanos.length - 1) * 99 / 100];
    }

    // the greedy tasks

    static void readers(Runtime runtime) {
        for (int i = 0; i < GREEDY; i++) {
            runtime.start(() -> {
                var connection = Connection.over(new Endless(), SystemClock.INSTANCE);
                byte[] block = new byte[BLOCK_BYTES];
                for (int got; (got = connection.read(block, 0, block.length)) >= 0; ) done.add(got);
            });
        }
    }

    static void writers(Runtime runtime) {
        for (int i = 0; i < GREEDY; i++) {
            runtime.start(() -> {
                var connection = Connection.over(new Endless(), SystemClock.INSTANCE);
                byte[] block = new byte[BLOCK_BYTES];
                while (true) {
                    connection.write(block);
                    done.add(block.length);
                }
            });
        }
    }

    static void relays(Runtime runtime) {
        for (int i = 0; i < GREEDY; i++) {
            var first = Connection.over(new Endless(), SystemClock.INSTANCE);
            var second = Connection.over(new Endless(), SystemClock.INSTANCE);
            var relay = Relay.between(first, second);
            runtime.start(relay::run);
            runtime.start(() -> {
                for (long before = 0; ; Task.sleep(Duration.ofMillis(100))) {
                    long now = relay.counts().firstToSecond() + relay.counts().secondToFirst();
                    done.add(now - before);
                    before = now;
                }
            });
        }
    }

    static void datagrams(Runtime runtime) throws Exception {
        for (int i = 0; i < GREEDY; i++) {
            var endpoint = runtime.datagram(0);
            runtime.start(() -> {
                var packet = ByteBuffer.allocate(2_000);
                while (true) {
                    endpoint.receive(packet.clear());
                    done.increment();
                }
            });
            int port = ((InetSocketAddress) endpoint.localAddress()).getPort();
            Thread.ofPlatform().daemon().start(() -> send(port));
        }
    }

    static void send(int port) {
        try (var socket = new DatagramSocket()) {
            var packet = new DatagramPacket(new byte[64], 64, InetAddress.getLoopbackAddress(), port);
            while (true) socket.send(packet);
        } catch (IOException e) {
            // the endpoint is closed
        }
    }

    static void accepts(Runtime runtime) throws Exception {
        var options = ServerOptions.DEFAULT;
        Server server = runtime.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), options,
                _ -> done.increment());
        for (int i = 0; i < GREEDY; i++) {
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (true) connect(server.port()).close();
                } catch (IOException e) {
                    // the server is closed
                }
            });
        }
    }

    static Socket connect(int port) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoLinger(true, 0);
        return socket;
    }

    /** A channel that always has bytes, and takes all. */
    record Endless() implements Channel {
        @Override
        public int tryRead(ByteBuffer target) {
            int got = target.remaining();
            while (target.remaining() >= Long.BYTES) target.putLong(0x0a0a0a0a0a0a0a0aL);
            while (target.hasRemaining()) target.put((byte) '\n');
            return got;
        }

        @Override
        public int tryWrite(ByteBuffer source) {
            int taken = source.remaining();
            source.position(source.limit());
            return taken;
        }

        @Override
        public void awaitReadable() {}

        @Override
        public void awaitWritable() {}

        @Override
        public void shutdownOutput() {}

        @Override
        public void close() {}

        @Override
        public void abort() {}

        @Override
        public SocketAddress remoteAddress() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        }

        @Override
        public SocketAddress localAddress() {
            return remoteAddress();
        }
    }

    // the clients, in a process of their own

    /** Starts them. They are ready when this returns. */
    static Process clients(int port, double seconds) throws Exception {
        var process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(), "--module-path",
                        System.getProperty("jdk.module.path"), "--add-modules", "io.loomline", "--enable-preview",
                        "--source", "25", "src/bench/java/FairnessBench.java", "clients", "" + port, "" + seconds)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process.inputReader().readLine();
        return process;
    }

    /** Runs the clients. Returns the p99 of lines and of connects, and the longest of all, in milliseconds. */
    static String answer(Process clients) throws Exception {
        clients.outputWriter().append('\n').flush();
        return clients.inputReader().readLine();
    }

    static String visit(int port, double seconds) throws Exception {
        int perClient = (int) (seconds * 1e9 / PAUSE_NANOS);
        long[][] lines = new long[CLIENTS][perClient];
        long[] connects = new long[perClient];
        Thread[] threads = new Thread[CLIENTS + 1];
        for (int i = 0; i < CLIENTS; i++) {
            long[] nanos = lines[i];
            threads[i] = Thread.ofPlatform().start(() -> {
                try (Socket socket = connect(port)) {
                    for (int k = 0; k < nanos.length; k++) nanos[k] = echo(socket, System.nanoTime());
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
        }
        threads[CLIENTS] = Thread.ofPlatform().start(() -> {
            for (int k = 0; k < connects.length; k++) {
                long start = System.nanoTime();
                try (Socket socket = connect(port)) {
                    connects[k] = echo(socket, start);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        });
        for (Thread each : threads) each.join();
        long[] all = Arrays.stream(lines).flatMapToLong(Arrays::stream).toArray();
        long max = Math.max(Arrays.stream(all).max().orElse(0), Arrays.stream(connects).max().orElse(0));
        return String.format(Locale.ROOT, "%.2f %.2f %.2f", p99(all) / 1e6, p99(connects) / 1e6, max / 1e6);
    }

    /** Sends a line and awaits its echo; then pauses. Returns the time since the start. */
    static long echo(Socket socket, long start) throws IOException {
        socket.getOutputStream().write("ping\n".getBytes());
        byte[] answer = socket.getInputStream().readNBytes(5);
        if (answer.length < 5) throw new IOException("ended by the server");
        long took = System.nanoTime() - start;
        LockSupport.parkNanos(PAUSE_NANOS);
        return took;
    }
}
