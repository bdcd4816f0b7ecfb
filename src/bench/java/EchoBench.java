import io.loomline.Runtime;
import io.loomline.driver.Channel;
import io.loomline.net.Connection;
import io.loomline.task.SystemClock;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What each step of an echoed line costs in this JVM, without a kernel: a channel that always has 16
 * lines of 64 bytes, and takes all that is written. Rounds in turn, after warm-up rounds; medians of the
 * processor time of the whole process.
 * Start it several times: what the JIT inlines differs.
 *
 *   mvn -q -Pbench -Dbench=EchoBench
 */
public class EchoBench {
    static final int WARM_UP_ROUNDS = 5;
    static final int LINES = 8_000_000;
    static final int LINES_IN_READ = 16;
    static final int LINE_BYTES = 64;

    static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    interface Way {
        int lines(Connection connection) throws Exception;
    }

    enum Step implements Way {
        READ_LINE {
            @Override
            public int lines(Connection connection) throws Exception {
                int lines = 0;
                while (connection.readLine() != null) lines++;
                return lines;
            }
        },
        ECHO_TEXT {
            @Override
            public int lines(Connection connection) throws Exception {
                int lines = 0;
                for (String line; (line = connection.readLine()) != null; lines++) connection.writeLine(line);
                return lines;
            }
        },
        READ_LINE_INTO {
            @Override
            public int lines(Connection connection) throws Exception {
                int lines = 0;
                var line = ByteBuffer.allocate(2 * LINE_BYTES);
                while (connection.readLineInto(line.clear()) >= 0) lines++;
                return lines;
            }
        },
        ECHO_BYTES {
            @Override
            public int lines(Connection connection) throws Exception {
                int lines = 0;
                var line = ByteBuffer.allocate(2 * LINE_BYTES);
                for (; connection.readLineInto(line.clear()) >= 0; lines++) connection.writeLineBytes(line.flip());
                return lines;
            }
        }
    }

    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 9;
        Step[] steps = Step.values();
        double[][] nanos = new double[steps.length][rounds];
        double[][] allocated = new double[steps.length][rounds];
        try (var runtime = Runtime.open()) {
            for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
                for (Step step : steps) {
                    long bytes = allocatedBytes();
                    long start = PROCESS.getProcessCpuTime();
                    int lines = runtime.start(() -> run(step)).join();
                    if (lines != LINES) throw new AssertionError(lines + " lines");
                    if (round < 0) continue;
                    nanos[step.ordinal()][round] = (PROCESS.getProcessCpuTime() - start) / (double) LINES;
                    allocated[step.ordinal()][round] = (allocatedBytes() - bytes) / (double) LINES;
                }
            }
        }
        for (Step step : steps) {
            System.out.printf("%-16s %6.1f ns, %6.1f bytes allocated for each line%n", step,
                    median(nanos[step.ordinal()]), median(allocated[step.ordinal()]));
        }
    }

    static int run(Step step) throws Exception {
        try (var connection = Connection.over(new Source(), SystemClock.INSTANCE)) {
            return step.lines(connection);
        }
    }

    /** Of all threads. */
    static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getTotalThreadAllocatedBytes();
    }

    static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    static final class Source implements Channel {
        private static final byte[] CHUNK =
                ("x".repeat(LINE_BYTES) + "\n").repeat(LINES_IN_READ).getBytes(StandardCharsets.US_ASCII);

        private int reads;

        @Override
        public int tryRead(ByteBuffer target) {
            if (reads++ == LINES / LINES_IN_READ) return -1;
            target.put(CHUNK);
            return CHUNK.length;
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
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), 2);
        }
    }
}
