import io.loomline.Runtime;
import io.loomline.net.Connection;



import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Streaming writes over loopback, beside a bare blocking SocketChannel: the same bytes to the same
 * kind of sink, in turns, so that both see the same machine.
 *
 *   mvn -q -Pbench -Dbench=StreamBench -Dargs="[bytes per write] [MiB per turn] [turns]"
 */
public class StreamBench {
    static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    public static void main(String[] args) throws Exception {
        int writeBytes = args.length > 0 ? Integer.parseInt(args[0]) : 1 << 20;
        long turnBytes = (args.length > 1 ? Long.parseLong(args[1]) : 512) << 20;
        int turns = args.length > 2 ? Integer.parseInt(args[2]) : 15;
        try (var runtime = Runtime.open(); var sink = new Sink()) {
            byte[] bytes = new byte[writeBytes];
            long writes = turnBytes / writeBytes;
            try (var bare = SocketChannel.open(sink.address());
                    var ours = runtime.connect(sink.address())) {
                turn(() -> bareWrites(bare, bytes, writes), sink, turnBytes); // warm-up
                turn(() -> ourWrites(ours, bytes, writes), sink, turnBytes);
                double[] wall = new double[turns];
                double[] cpu = new double[turns];
                for (int i = 0; i < turns; i++) {
                    Turn first = turn(() -> bareWrites(bare, bytes, writes), sink, turnBytes);
                    Turn second = turn(() -> ourWrites(ours, bytes, writes), sink, turnBytes);
                    wall[i] = first.wallNanos / second.wallNanos;
                    cpu[i] = first.cpuNanos / second.cpuNanos;
                    System.out.printf("bare %.2f GB/s, ours %.2f GB/s; ratio %.2f, by CPU %.2f%n",
                            turnBytes / first.wallNanos, turnBytes / second.wallNanos,
                            wall[i], cpu[i]);
                }
                System.out.printf("%,d bytes per write: median ratio %s; by CPU %s%n",
                        writeBytes, summary(wall), summary(cpu));
            }
        }
    }

    static String summary(double[] ratios) {
        Arrays.sort(ratios);
        int quarter = ratios.length / 4;
        return String.format("%.2f (quartiles %.2f to %.2f)", ratios[ratios.length / 2],
                ratios[quarter], ratios[ratios.length - 1 - quarter]);
    }

    record Turn(double wallNanos, double cpuNanos) {}

    interface Work {
        void run() throws Exception;
    }

    /** On a virtual thread, as both are used. CPU is the process's, with the sink's part. */
    static Turn turn(Work work, Sink sink, long bytes) throws Exception {
        long before = sink.taken.get();
        long cpu = SYSTEM.getProcessCpuTime();
        long start = System.nanoTime();
        var thread = Thread.ofVirtual().start(() -> {
            try {
                work.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        thread.join();
        while (sink.taken.get() - before < bytes) LockSupport.parkNanos(20_000);
        return new Turn(System.nanoTime() - start, SYSTEM.getProcessCpuTime() - cpu);
    }

    static void bareWrites(SocketChannel channel, byte[] bytes, long writes) throws Exception {
        for (long i = 0; i < writes; i++) {
            var buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) channel.write(buffer);
        }
    }

    static void ourWrites(Connection connection, byte[] bytes, long writes) throws Exception {
        for (long i = 0; i < writes; i++) connection.write(bytes);
    }

    /** Takes everything and forgets it, on threads of the system. */
    static final class Sink implements AutoCloseable {
        final AtomicLong taken = new AtomicLong();
        private final ServerSocketChannel server = ServerSocketChannel.open();

        Sink() throws Exception {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Thread.ofPlatform().daemon().start(this::accept);
        }

        InetSocketAddress address() throws Exception {
            return (InetSocketAddress) server.getLocalAddress();
        }

        private void accept() {
            try {
                while (true) {
                    var channel = server.accept();
                    Thread.ofPlatform().daemon().start(() -> drain(channel));
                }
            } catch (Exception e) {
                // closed
            }
        }

        private void drain(SocketChannel channel) {
            var buffer = ByteBuffer.allocateDirect(256 * 1024);
            try (channel) {
                for (int n; (n = channel.read(buffer.clear())) >= 0; ) taken.addAndGet(n);
            } catch (Exception e) {
                // closed
            }
        }

        @Override
        public void close() throws Exception {
            server.close();
        }
    }
}
