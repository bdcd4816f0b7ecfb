package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loomline.probe.Child;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.LoopbackAddress;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * SIGTERM ends a server while clients send lines and connect. No line that it has acknowledged is
 * missing from its file, and each connection whose connect succeeded ends without a reset. The
 * fault table has the times.
 */
@Tag("slow")
class SignalUnderLoadTest {
    private static final int CLIENTS = 100;
    private static final int LINES = 10_000;

    /** Less than the time that a client waits for the end of its connection. */
    private static final String GRACE_SECONDS = "5";

    private static final int READ_LIMIT_MILLIS = 20_000;

    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final AtomicInteger ended = new AtomicInteger();
    private final Queue<String> broken = new ConcurrentLinkedQueue<>();

    @ParameterizedTest
    @EnumSource
    void losesNoAcknowledgedLine(Kernel kernel, @TempDir Path scratch) throws Exception {
        kernel.newDriver().close(); // skips the test if the driver is not available
        Path file = scratch.resolve("lines");
        List<String> options = new ArrayList<>(kernel.jvmOptions());
        options.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        try (Child child =
                Child.start(RecordProgram.class, options, file.toString(), GRACE_SECONDS)) {
            int port = Integer.parseInt(child.readLine());
            List<Thread> load = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                String name = "client " + i;
                load.add(Thread.startVirtualThread(() -> sendLines(port, name)));
            }
            load.add(Thread.startVirtualThread(() -> connectUntilRefused(port)));
            Eventually.holds(() -> acknowledged.size() >= LINES || !broken.isEmpty());
            child.signal("TERM");
            List<String> printed = child.rest();
            assertEquals(0, child.exitCode(), printed::toString);
            for (Thread each : load) each.join();
            assertEquals(List.of(), printed);
        }
        assertEquals(List.of(), List.copyOf(broken));
        assertEquals(CLIENTS, ended.get());
        assertTrue(acknowledged.size() >= LINES);
        Set<String> lost = new HashSet<>(acknowledged);
        lost.removeAll(new HashSet<>(Files.readAllLines(file)));
        assertEquals(Set.of(), lost);
    }

    /** Sends lines until the server ends the connection. */
    private void sendLines(int port, String name) {
        try (Socket socket = connect(port)) {
            var input =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            int number = 0;
            while (exchange(socket, input, name + ", " + number)) number++;
            ended.incrementAndGet();
        } catch (IOException e) {
            broken.add(name + ": " + e);
        }
    }

    /** Whether the server has acknowledged the line; if not, it has ended the connection. */
    private boolean exchange(Socket socket, BufferedReader input, String line) throws IOException {
        try {
            socket.getOutputStream().write((line + "\n").getBytes(US_ASCII));
        } catch (IOException e) { // sent after the end of the connection, which is still to be read
            String rest = input.readLine();
            if (rest != null) throw e;
            return false;
        }
        String answer = input.readLine();
        if (answer == null) return false;
        if (!answer.equals(line)) throw new IOException("the answer to " + line + " is " + answer);
        acknowledged.add(line);
        return true;
    }

    /** Each connection exchanges one line, or is ended in order. */
    private void connectUntilRefused(int port) {
        for (int number = 0; ; number++) {
            try (Socket socket = connect(port)) {
                var input =
                        new BufferedReader(
                                new InputStreamReader(socket.getInputStream(), US_ASCII));
                exchange(socket, input, "connect " + number);
            } catch (ConnectException e) {
                return;
            } catch (IOException e) {
                broken.add("connect " + number + ": " + e);
            }
        }
    }

    private static Socket connect(int port) throws IOException {
        var socket = new Socket();
        socket.connect(LoopbackAddress.of(port));
        socket.setSoTimeout(READ_LIMIT_MILLIS);
        return socket;
    }
}
