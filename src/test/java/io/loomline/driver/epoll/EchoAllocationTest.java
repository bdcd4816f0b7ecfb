package io.loomline.driver.epoll;

import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Child;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a JVM allocates for each echoed line, once its code is compiled. */
class EchoAllocationTest {
    private static final int LINE_BYTES = 64;

    /** A {@code String} of 24 bytes, and its array with a header of 16 bytes. */
    private static final int STRING_BYTES = 24 + 16 + LINE_BYTES;

    /** For what happens at intervals, such as timers. */
    private static final int SPARE_BYTES = 8;

    private static final String FIGURE = "bytes per line ";

    @ParameterizedTest
    @CsvSource({"text, 1", "text, 16", "bytes, 1", "bytes, 16"})
    void lineAllocatesItsStringAndNothingElse(String kind, String atOnce) throws IOException {
        int most = SPARE_BYTES + (kind.equals("text") ? STRING_BYTES : 0);
        var options = List.of("-XX:TieredStopAtLevel=4", "--enable-native-access=ALL-UNNAMED");
        List<Double> found = new ArrayList<>();
        try (Child child = Child.start(Echo.class, options, kind, atOnce)) {
            for (String line; (line = child.readLine()) != null; ) {
                if (!line.startsWith(FIGURE)) continue; // of the JVM
                found.add(Double.valueOf(line.substring(FIGURE.length())));
                if (found.getLast() <= most) return;
            }
        }
        fail("bytes per line: " + found);
    }

    /** Prints the bytes per line, again and again. */
    static final class Echo {
        private static final int ROUNDS = 100;
        private static final int EXCHANGES = 5_000;

        public static void main(String[] args) throws Exception {
            ConnectionHandler handler =
                    args[0].equals("text")
                            ? connection -> {
                                String line;
                                while ((line = connection.readLine()) != null)
                                    connection.writeLine(line);
                            }
                            : connection -> {
                                var line = ByteBuffer.allocate(LINE_BYTES);
                                while (connection.readLineInto(line.clear()) >= 0)
                                    connection.writeLineBytes(line.flip());
                            };
            try (var runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.epoll()))) {
                int port = runtime.listen(0, handler).port();
                try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    socket.setTcpNoDelay(true);
                    measure(socket, Integer.parseInt(args[1]));
                }
            }
        }

        private static void measure(Socket socket, int atOnce) throws IOException {
            var bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            String lines = ("x".repeat(LINE_BYTES) + "\n").repeat(atOnce);
            byte[] sent = lines.getBytes(StandardCharsets.US_ASCII);
            byte[] received = new byte[sent.length];
            for (int round = 0; round < ROUNDS; round++) {
                long all = bean.getTotalThreadAllocatedBytes();
                long own = bean.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < EXCHANGES; i++) {
                    socket.getOutputStream().write(sent);
                    socket.getInputStream().readNBytes(received, 0, received.length);
                }
                own = bean.getCurrentThreadAllocatedBytes() - own;
                all = bean.getTotalThreadAllocatedBytes() - all;
                System.out.println(FIGURE + (all - own) / (double) EXCHANGES / atOnce);
            }
        }
    }
}
