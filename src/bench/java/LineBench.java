import io.loomline.Runtime;
import io.loomline.driver.Channel;
import io.loomline.net.Connection;
import io.loomline.task.SystemClock;



import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What reading lines costs, beside a BufferedReader over an InputStreamReader on the same bytes: in
 * memory, where bytes are always there. Rounds in turn, after warm-up rounds; medians. The figures
 * are of the processor time of the whole process, the collector's too.
 *
 *   mvn -q -Pbench -Dbench=LineBench
 *   mvn -q -Pbench -Dbench=LineBench -Dargs="15 1024"   fifteen rounds of lines of 1 KiB
 */
public class LineBench {
    static final int WARM_UP_ROUNDS = 5;
    static final long BYTES_PER_ROUND = 512L << 20;

    static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 9;
        int[] lengths = args.length > 1 ? new int[] {Integer.parseInt(args[1])} : new int[] {64, 1024};
        try (var runtime = Runtime.open()) {
            for (int length : lengths) {
                compare(runtime, "ASCII", "x".repeat(length), rounds);
                compare(runtime, "UTF-8", "\u00e9".repeat(length / 2), rounds);
            }
        }
    }

    /** Reads all lines and says how many characters they have. */
    interface Way {
        long characters(byte[] pattern) throws Exception;
    }

    static void compare(Runtime runtime, String kind, String line, int rounds) throws Exception {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] pattern = repeated(bytes, 1000);
        Way[] ways = {LineBench::bufferedReader, LineBench::connection};
        double[][] linesPerSecond = new double[ways.length][rounds];
        double[][] allocated = new double[ways.length][rounds];
        long lines = BYTES_PER_ROUND / pattern.length * 1000;
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (int way = 0; way < ways.length; way++) {
                Way measured = ways[way];
                long before = PROCESS.getProcessCpuTime();
                long allocatedBefore = allocatedBytes();
                // in a task, where reads look for cancels
                long characters = runtime.start(() -> measured.characters(pattern)).join();
                if (characters != lines * line.length()) throw new AssertionError("lines are missing");
                if (round < 0) continue;
                linesPerSecond[way][round] = lines / ((PROCESS.getProcessCpuTime() - before) / 1e9);
                allocated[way][round] = (allocatedBytes() - allocatedBefore) / (double) lines;
            }
        }
        System.out.printf("%nlines of %d bytes, %s%n", bytes.length - 1, kind);
        String[] names = {"BufferedReader", "Connection"};
        for (int way = 0; way < ways.length; way++) {
            double median = median(linesPerSecond[way]);
            double[] ratios = new double[rounds];
            for (int i = 0; i < rounds; i++) ratios[i] = linesPerSecond[way][i] / linesPerSecond[0][i];
            System.out.printf(
                    "  %-16s %7.2f million lines/CPU s   %5.2f GB/s   ratio %.2f   %6.1f bytes allocated for each%n",
                    names[way], median / 1e6, median * bytes.length / 1e9, median(ratios), median(allocated[way]));
        }
    }

    /** Of all threads, by this JVM's count. */
    static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getTotalThreadAllocatedBytes();
    }

    static long bufferedReader(byte[] pattern) throws Exception {
        var reader = new BufferedReader(
                new InputStreamReader(new PatternStream(pattern), StandardCharsets.UTF_8));
        long characters = 0;
        for (String line; (line = reader.readLine()) != null; ) characters += line.length();
        return characters;
    }

    static long connection(byte[] pattern) throws Exception {
        var connection = Connection.over(new PatternChannel(pattern), SystemClock.INSTANCE);
        long characters = 0;
        for (String line; (line = connection.readLine()) != null; ) characters += line.length();
        connection.close();
        return characters;
    }

    static byte[] repeated(byte[] bytes, int times) {
        byte[] all = new byte[bytes.length * times];
        for (int i = 0; i < times; i++) System.arraycopy(bytes, 0, all, i * bytes.length, bytes.length);
        return all;
    }

    static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** The same bytes over and over, up to a round's worth. */
    static final class Pattern {
        final byte[] bytes;
        long left;
        int at;

        Pattern(byte[] bytes) {
            this.bytes = bytes;
            left = BYTES_PER_ROUND / bytes.length * bytes.length;
        }

        int next(int most) {
            int count = (int) Math.min(Math.min(most, bytes.length - at), left);
            left -= count;
            at = at + count == bytes.length ? 0 : at + count;
            return count;
        }
    }

    static final class PatternStream extends InputStream {
        final Pattern pattern;

        PatternStream(byte[] bytes) {
            pattern = new Pattern(bytes);
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("nobody reads single bytes");
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            int from = pattern.at;
            int count = pattern.next(length);
            System.arraycopy(pattern.bytes, from, target, offset, count);
            return count == 0 ? -1 : count;
        }
    }

    static final class PatternChannel implements Channel {
        final Pattern pattern;

        PatternChannel(byte[] bytes) {
            pattern = new Pattern(bytes);
        }

        @Override
        public int tryRead(ByteBuffer target) {
            int from = pattern.at;
            int count = pattern.next(target.remaining());
            target.put(pattern.bytes, from, count);
            return count == 0 ? -1 : count;
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
