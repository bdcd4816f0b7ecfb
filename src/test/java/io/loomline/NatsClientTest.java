package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.task.Task;
import io.loomline.task.Tasks;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The sample {@code NatsClient}, with a nats-server that is killed, and with servers that are none.
 * {@link SamplesTest} runs it without a server.
 */
class NatsClientTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("NatsClient");

    @TempDir Path directory;

    private final PrintStream out = System.out;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(printed, true, UTF_8));
    }

    @AfterEach
    void release() {
        System.setOut(out);
    }

    private String printed() {
        return printed.toString(UTF_8);
    }

    private static NatsServer server(Path directory) throws IOException {
        var nats = new NatsServer(directory);
        nats.start();
        return nats;
    }

    /** Starts the client in this JVM. The task returns its exit code. */
    private static Task<Integer> start(Runtime runtime, int port, int messages) throws Exception {
        Class<?> program = SAMPLE.load("NatsClient"); // its constants are those of one process
        Constructor<?> constructor = program.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object client = constructor.newInstance();
        Method run =
                program.getDeclaredMethod("run", Runtime.class, String.class, int.class, int.class);
        run.setAccessible(true);
        return runtime.start(() -> {
            try {
                return (Integer) run.invoke(client, runtime, "127.0.0.1", port, messages);
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof Exception cause) throw cause;
                throw e;
            }
        });
    }

    @Test
    void everyRunPublishesItsMessages() throws Exception {
        try (var nats = server(directory)) {
            for (int run = 1; run <= 2; run++) {
                try (Runtime runtime = Runtime.open()) {
                    assertEquals(0, start(runtime, nats.port(), 200).join(), this::printed);
                }
                String end = "200 acknowledged, 200 received, " + run * 200 + " stored\n";
                assertTrue(printed().endsWith(end), this::printed);
            }
        }
    }

    @Test
    @Tag("slow")
    void clientsDoNotLoseEachOthersMessages() throws Exception {
        try (var nats = server(directory);
                Runtime runtime = Runtime.open()) {
            var clients =
                    List.of(start(runtime, nats.port(), 200), start(runtime, nats.port(), 200));
            assertEquals(List.of(0, 0), Tasks.gather(clients), this::printed);
            assertEquals(400, storedMessages(nats));
        }
    }

    @Test
    @Tag("slow")
    void killedServerLosesNothingThatWasAcknowledged() throws Exception {
        try (var nats = new NatsServer(directory)) {
            nats.start();
            try (var sample =
                    SampleProcess.startSource("NatsClient", List.of(nats.address(), "20000"))) {
                for (int thousands : new int[] {3, 8, 13}) {
                    sample.awaitLine("acknowledged: " + thousands + "000");
                    nats.kill();
                    sample.awaitLine("lost the server: ");
                    nats.start();
                    assertTrue(storedMessages(nats) >= thousands * 1_000, sample::printed);
                    sample.awaitLine("connected to ");
                }
                String end = sample.awaitLine("20000 acknowledged, ");
                assertTrue(
                        end.matches(".*, \\d{5} received, 20000 stored"),
                        end); // subscribed again each time, repetitions stored once
                assertEquals(0, sample.awaitExit(), sample::printed);
            }
            assertEquals(20_000, storedMessages(nats));
        }
    }

    /** Asks the server for the number of messages in the stream, over a connection of its own. */
    private static int storedMessages(NatsServer nats) throws Exception {
        try (Runtime runtime = Runtime.open();
                var connection = runtime.connect("127.0.0.1", nats.port())) {
            connection.write("CONNECT {\"verbose\":false}\r\nSUB inbox 1\r\n");
            connection.write("PUB $JS.API.STREAM.INFO.events inbox 0\r\n\r\n");
            while (!connection.readLine().startsWith("MSG inbox 1 ")) {}
            String info = connection.readLine();
            return Integer.parseInt(info.replaceFirst(".*\"messages\":(\\d+).*", "$1"));
        }
    }

    /** Subscribes a client. Sends the first connection garbage before or after that. */
    private static void serveGarbage(Connection connection, String before, String after)
            throws Exception {
        String inbox = "";
        for (String line : connection.lines()) {
            String[] words = line.split(" ", 0);
            if (words[0].equals("SUB") && !words[1].equals("events")) inbox = words[1];
            if (!words[0].equals("PUB")) continue;
            String answer = before + "MSG " + inbox + " 2 2|{}|" + after + "PING|";
            connection.write(answer.replace("|", "\r\n"));
        }
    }

    @ParameterizedTest
    @CsvSource({"MSG events 1 2x|, ''", "'', MSG events 1 -9|", "'', WHAT|"})
    void garbageMakesItConnectAgain(String before, String after) throws Exception {
        var connections = new AtomicInteger();
        ConnectionHandler handler =
                connection -> {
                    boolean isFirst = connections.incrementAndGet() == 1;
                    serveGarbage(connection, isFirst ? before : "", isFirst ? after : "");
                };
        try (var _ = new CapturedLog();
                Runtime runtime = Runtime.open();
                var server = runtime.listen(0, handler)) {
            Task<Integer> client = start(runtime, server.port(), 1);
            Eventually.holds(() -> connections.get() == 2);
            Eventually.holds(() -> printed().matches("(?s).*connected to [^\n]+\n"));
            client.cancelAndJoin();
        }
    }

    /** Greets as another kind of server does, and waits for the client to leave. */
    private static void greet(Connection connection) throws Exception {
        connection.writeLine("220 mail");
        while (connection.readLine() != null) {}
    }

    @Test
    @Tag("slow")
    void unknownServerIsReported() throws Exception {
        try (var _ = new CapturedLog();
                Runtime runtime = Runtime.open();
                var server = runtime.listen(0, NatsClientTest::greet)) {
            assertEquals(1, start(runtime, server.port(), 1).join());
            assertTrue(printed().contains("got 220 mail"), this::printed);
        }
    }
}
