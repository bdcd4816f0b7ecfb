package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;

import jdk.management.VirtualThreadSchedulerMXBean;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Handlers that pin every carrier: each waits for the network in a class initializer, whose native
 * frame pins it.
 */
@Tag("slow")
class HeldCarriersTest {
    private static final String DONE = "done";

    @ParameterizedTest
    @ValueSource(strings = {"adaptive", "fixed"})
    void otherTasksContinueAndTheLogNamesTheHolders(String carriers) throws Exception {
        List<String> output = run(carriers, 2);
        assertEquals(1, count(output, "no virtual thread has got a carrier for 3 s"));
        assertTrue(count(output, "HeldCarriersTest$First.<clinit>") > 0, output::toString);
        assertTrue(count(output, "HeldCarriersTest$Second.<clinit>") > 0, output::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"adaptive", "fixed"})
    void otherTasksContinueIfTheOnlyCarrierIsPinned(String carriers) throws Exception {
        List<String> output = run(carriers, 1);
        assertEquals(1, count(output, "no virtual thread has got a carrier for 3 s"));
        assertTrue(count(output, "HeldCarriersTest$First.<clinit>") > 0, output::toString);
    }

    private static List<String> run(String carriers, int count) throws Exception {
        List<String> options = new ArrayList<>(Kernel.chosen().jvmOptions());
        options.add("-Dio.loomline.carriers=" + carriers);
        options.add("-Djdk.virtualThreadScheduler.parallelism=" + count);
        try (Child child = Child.start(Program.class, options, Integer.toString(count))) {
            List<String> output = child.rest();
            assertTrue(output.contains(DONE), output::toString);
            return output;
        }
    }

    private static long count(List<String> output, String text) {
        return output.stream().filter(line -> line.contains(text)).count();
    }

    /** Pins all carriers, and then uses the server from platform threads. */
    static final class Program {
        private static final AtomicReference<Connection> HOLDING = new AtomicReference<>();
        private static final int ROUNDS = 50;

        public static void main(String[] args) throws Exception {
            var scheduler = ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
            int carriers = Integer.parseInt(args[0]);
            try (var runtime = Runtime.open()) {
                int port = runtime.listen(0, Program::handle).port();
                try (var first = new Socket("localhost", port);
                        var second = new Socket("localhost", port)) {
                    send(first, "first");
                    if (carriers > 1) send(second, "second");
                    for (int i = 0; i < ROUNDS; i++) echo(port);
                    send(first, "enough");
                    if (carriers > 1) send(second, "enough");
                    Eventually.holds(() -> scheduler.getParallelism() == carriers);
                    for (int i = 0; i < ROUNDS; i++) echo(port);
                }
            }
            System.out.println(DONE);
        }

        private static void handle(Connection connection) throws Exception {
            for (String line; (line = connection.readLine()) != null; ) {
                switch (line) {
                    case "first" -> hold(connection, First::value);
                    case "second" -> hold(connection, Second::value);
                    default -> connection.writeLine(line);
                }
            }
        }

        private static void hold(Connection connection, Runnable initializer) {
            while (!HOLDING.compareAndSet(null, connection)) Thread.onSpinWait();
            initializer.run();
        }

        private static void send(Socket socket, String line) throws IOException {
            socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        }

        private static void echo(int port) throws IOException {
            try (var socket = new Socket("localhost", port)) {
                send(socket, "hello");
                var reader =
                        new BufferedReader(
                                new InputStreamReader(
                                        socket.getInputStream(), StandardCharsets.UTF_8));
                assertEquals("hello", reader.readLine());
            }
        }

        static String fetch() {
            try {
                return HOLDING.getAndSet(null).readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static final class First {
        static final String VALUE = Program.fetch();

        static void value() {
            assertEquals("enough", VALUE);
        }
    }

    private static final class Second {
        static final String VALUE = Program.fetch();

        static void value() {
            assertEquals("enough", VALUE);
        }
    }
}
