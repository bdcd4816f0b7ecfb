package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.probe.Kernel;
import io.loomline.server.ServerOptions;
import io.loomline.stream.Limits;
import io.loomline.task.Deadline;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The whole process is stopped for longer than its limits: what came in time is delivered. */
@Tag("slow")
class StoppedProcessTest {
    private static final int READERS = 10;

    /** Much more than a stopped process needs to get there, and less than it is stopped for. */
    private static final Duration LIMIT = Duration.ofMillis(1_500);

    @ParameterizedTest
    @EnumSource
    void linesThatCameWhileTheProcessWasStoppedAreRead(Kernel kernel) throws Exception {
        kernel.newDriver().close(); // skips where it cannot run
        var options =
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dio.loomline.driver=" + kernel.name().toLowerCase(Locale.ROOT));
        List<Socket> peers = new ArrayList<>();
        try (Child child = Child.start(Program.class, options)) {
            int port = Integer.parseInt(child.readLine());
            for (int i = 0; i < READERS; i++) {
                peers.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            child.await("all wait");
            child.signal("STOP");
            for (Socket peer : peers) {
                peer.getOutputStream().write("in time\n".getBytes(StandardCharsets.UTF_8));
            }
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(3)); // the clock goes on
            child.signal("CONT");
            for (int i = 0; i < READERS; i++) assertEquals("in time", child.readLine());
        } finally {
            for (Socket peer : peers) peer.close();
        }
    }

    /** Half of its readers have a deadline, and half a limit. */
    static final class Program {
        private static int waiting;

        public static void main(String[] arguments) throws Exception {
            try (var runtime = Runtime.open()) {
                var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
                var limits = Limits.DEFAULT.withReadTimeout(LIMIT);
                var server =
                        runtime.listen(
                                address,
                                ServerOptions.DEFAULT.withLimits(limits),
                                Program::readLine);
                System.out.println(server.port());
                runtime.await();
            }
        }

        private static void readLine(Connection connection) throws Exception {
            boolean hasDeadline = oneMoreWaits() % 2 == 0;
            if (hasDeadline) connection.limits(Limits.NONE);
            String line =
                    hasDeadline
                            ? Deadline.after(LIMIT).call(connection::readLine)
                            : connection.readLine();
            say(line);
        }

        private static synchronized int oneMoreWaits() {
            if (++waiting == READERS) System.out.println("all wait");
            return waiting;
        }

        private static synchronized void say(String line) throws IOException {
            System.out.println(line);
        }
    }
}
