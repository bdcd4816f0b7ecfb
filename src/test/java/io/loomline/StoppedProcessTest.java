package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.probe.Kernel;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.ServerOptions;
import io.loomline.stream.Limits;
import io.loomline.task.Deadline;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The process is stopped for longer than its timeouts. Lines that arrived in time are read. */
@Tag("slow")
class StoppedProcessTest {
    private static final int READERS = 10;

    /** Longer than the program needs to reach the read, and shorter than the stop. */
    private static final Duration LIMIT = Duration.ofSeconds(3);

    @ParameterizedTest
    @EnumSource
    void linesThatArriveDuringTheStopAreRead(Kernel kernel) throws Exception {
        kernel.newDriver().close(); // skips the test if the driver is not available
        List<Socket> peers = new ArrayList<>();
        try (Child child = Child.start(Program.class, kernel.jvmOptions())) {
            int port = Integer.parseInt(child.readLine());
            for (int i = 0; i < READERS; i++) {
                peers.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            child.await("all wait");
            child.signal("STOP");
            for (Socket peer : peers) {
                peer.getOutputStream().write("in time\n".getBytes(StandardCharsets.UTF_8));
            }
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(5)); // the clock of the child continues
            child.signal("CONT");
            for (int i = 0; i < READERS; i++) assertEquals("in time", child.readLine());
        } finally {
            for (Socket peer : peers) peer.close();
        }
    }

    /** Half of the reads have a deadline, the other half a read timeout. */
    static final class Program {
        private static int waiting;

        public static void main(String[] arguments) throws Exception {
            try (var runtime = Runtime.open()) {
                var limits = Limits.DEFAULT.withReadTimeout(LIMIT);
                var server =
                        runtime.listen(
                                LoopbackAddress.of(0),
                                ServerOptions.DEFAULT.withLimits(limits),
                                Program::readLine);
                System.out.println(server.port());
                runtime.await();
            }
        }

        private static void readLine(Connection connection) throws Exception {
            boolean hasDeadline = countReader() % 2 == 0;
            if (hasDeadline) connection.limits(Limits.NONE);
            String line =
                    hasDeadline
                            ? Deadline.after(LIMIT).call(connection::readLine)
                            : connection.readLine();
            print(line);
        }

        private static synchronized int countReader() {
            if (++waiting == READERS) System.out.println("all wait");
            return waiting;
        }

        private static synchronized void print(String line) throws IOException {
            System.out.println(line);
        }
    }
}
