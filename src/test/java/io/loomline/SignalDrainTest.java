package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loomline.probe.Child;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.LoopbackAddress;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Programs with servers that get SIGTERM. */
@Tag("slow")
class SignalDrainTest {
    /** No test waits for it. */
    private static final Duration LONG = Duration.ofHours(1);

    private static Child start(Kernel kernel, String what, Duration grace) throws IOException {
        kernel.newDriver().close(); // skips the test if the driver is not available
        List<String> options = new ArrayList<>(kernel.jvmOptions());
        options.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        return Child.start(DrainProgram.class, options, what, "" + grace.toMillis());
    }

    private static Child start(String what, Duration grace) throws IOException {
        return start(Kernel.chosen(), what, grace);
    }

    /** A client in the middle of its request. */
    private static Socket client(Child child, int port) throws IOException {
        var client = new Socket();
        client.connect(LoopbackAddress.of(port));
        send(client, "first");
        child.await("first");
        return client;
    }

    private static void send(Socket client, String line) throws IOException {
        client.getOutputStream().write((line + "\n").getBytes(US_ASCII));
    }

    /** All that arrives until the orderly end of the connection. */
    private static String rest(Socket client) throws IOException {
        return new String(client.getInputStream().readAllBytes(), US_ASCII);
    }

    private static void awaitRefusal(int port) throws InterruptedException {
        Eventually.holds(() -> isRefused(port));
    }

    private static boolean isRefused(int port) {
        try (var late = new Socket()) {
            late.connect(LoopbackAddress.of(port));
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void requestInProgressIsAnsweredBeforeTheEnd(Kernel kernel) throws Exception {
        try (Child child = start(kernel, "await", LONG)) {
            int port = Integer.parseInt(child.readLine());
            try (Socket client = client(child, port)) {
                child.signal("TERM");
                awaitRefusal(port);
                send(client, "second");
                assertEquals("answer to second\n", rest(client));
            }
            assertEquals("returned served", child.rest().getLast());
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    void mainThatHasAwaitedItsServerMayCleanUp() throws Exception {
        try (Child child = start("clean up", Duration.ofSeconds(20))) {
            child.readLine();
            child.signal("TERM");
            assertEquals(List.of("returned cleaned up"), child.rest());
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    void mainThatDoesNotWaitForItsServerIsCutAfterTheShutdown() throws Exception {
        try (Child child = start("sleep", LONG)) {
            int port = Integer.parseInt(child.readLine());
            try (Socket client = client(child, port)) {
                child.signal("TERM");
                awaitRefusal(port);
                send(client, "second");
                assertEquals("answer to second\n", rest(client));
            }
            assertEquals(List.of(), withoutNull(child.rest()));
            assertEquals(143, child.exitCode());
        }
    }

    /** While both have a connection, and although main returns when the first one is down. */
    @Test
    void allServersAreShutDownAtTheSameTime() throws Exception {
        try (Child child = start("two", LONG)) {
            int firstPort = Integer.parseInt(child.readLine());
            int secondPort = Integer.parseInt(child.readLine());
            try (Socket first = client(child, firstPort);
                    Socket second = client(child, secondPort)) {
                child.signal("TERM");
                awaitRefusal(firstPort);
                awaitRefusal(secondPort);
                send(first, "second");
                assertEquals("answer to second\n", rest(first));
                send(second, "second");
                assertEquals("answer to second\n", rest(second));
            }
            assertEquals("returned served", child.rest().getLast());
            assertEquals(0, child.exitCode());
        }
    }

    /** Not even if handlers and tasks wrap the exception of their cancel. */
    @ParameterizedTest
    @ValueSource(strings = {"await", "wrap"})
    void endOfTheGracePeriodCancelsTheHandlersWithoutAStackTrace(String what) throws Exception {
        try (Child child = start(what, Duration.ofMillis(100))) {
            int port = Integer.parseInt(child.readLine());
            try (Socket client = client(child, port)) {
                child.signal("TERM");
                assertEquals("", rest(client));
            }
            List<String> lines = child.rest();
            assertEquals(3, lines.size(), lines::toString); // the warning is two lines
            assertTrue(lines.get(0).endsWith("within PT0.1S: 1"), lines::toString);
            assertTrue(lines.get(1).contains("in Connection.readLine"), lines::toString);
            assertEquals("returned served", lines.get(2));
            assertEquals(0, child.exitCode());
        }
    }

    /** It may shut its server down itself. */
    @Test
    void withoutAGracePeriodMainIsCancelledAtOnce() throws Exception {
        try (Child child = start("await", Duration.ZERO)) {
            int port = Integer.parseInt(child.readLine());
            try (Socket client = client(child, port)) {
                child.signal("TERM");
                assertEquals("", rest(client));
            }
            assertEquals(List.of(), child.rest());
            assertEquals(143, child.exitCode());
        }
    }

    /** Instead of a stack trace there is a warning. */
    @Test
    void mainThatFailsAsItsServerIsShutDownIsCut() throws Exception {
        try (Child child = start("client", Duration.ofMillis(100))) {
            child.readLine();
            child.await("ready");
            child.signal("TERM");
            List<String> lines = child.rest();
            assertEquals(3, lines.size(), lines::toString);
            assertTrue(lines.getLast().contains("main ended after SIGTERM: "), lines::toString);
            assertEquals(143, child.exitCode());
        }
    }

    @Test
    void secondSignalEndsTheProcessDuringTheShutdown() throws Exception {
        try (Child child = start("await", LONG)) {
            int port = Integer.parseInt(child.readLine());
            try (Socket _ = client(child, port)) {
                child.signal("TERM");
                awaitRefusal(port);
                child.signal("TERM");
                assertEquals(143, child.exitCode());
            }
        }
    }

    /** The connects of {@link #awaitRefusal} may be served, without a line. */
    private static List<String> withoutNull(List<String> lines) {
        return lines.stream().filter(line -> !line.equals("null")).toList();
    }
}
