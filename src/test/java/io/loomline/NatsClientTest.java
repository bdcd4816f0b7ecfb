package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.LoopbackAddress;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The sample {@code NatsClient}, with a nats-server that is killed, and without one. */
class NatsClientTest {
    @TempDir Path directory;

    @Test
    void everyMessageIsAcknowledgedAndReceived() throws Exception {
        try (var nats = new NatsServer(directory)) {
            nats.start();
            try (var sample =
                    SampleProcess.startSource("NatsClient", List.of(nats.address(), "2000"))) {
                sample.awaitLine("2000 acknowledged, 2000 received, 2000 stored");
                assertEquals(0, sample.awaitExit(), sample::printed);
            }
            assertEquals(2_000, storedMessages(nats));
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

    @Test
    void withoutAServerItPrintsHowToStartOne() throws Exception {
        String port = "" + LoopbackAddress.freePort();
        try (var sample = SampleProcess.startSource("NatsClient", List.of("127.0.0.1:" + port))) {
            sample.awaitLine("no connection within PT1S: cannot connect to 127.0.0.1:" + port);
            sample.awaitLine("nats-server --jetstream --port " + port);
            assertEquals(0, sample.awaitExit(), sample::printed);
        }
    }

    /** Subscribes a client, and sends garbage before that or after it. */
    private static void serveGarbage(Connection connection, int number) throws Exception {
        String inbox = "";
        for (String line : connection.lines()) {
            String[] words = line.split(" ", 0);
            if (words[0].equals("SUB") && !words[1].equals("events")) inbox = words[1];
            if (!words[0].equals("PUB")) continue;
            if (number == 1) connection.write("MSG events 1 2x\r\n");
            connection.write("MSG " + inbox + " 2 2\r\n{}\r\n");
            if (number == 2) connection.write("MSG events 1 -9\r\n");
            if (number == 3) connection.write("PING\r\n");
        }
    }

    @Test
    void garbageMakesItConnectAgain() throws Exception {
        var connections = new AtomicInteger();
        try (Runtime runtime = Runtime.open();
                var server =
                        runtime.listen(0, c -> serveGarbage(c, connections.incrementAndGet()));
                var sample =
                        SampleProcess.startSource(
                                "NatsClient", List.of("127.0.0.1:" + server.port()))) {
            sample.awaitLine("lost the server: ");
            sample.awaitLine("connected to ");
            assertEquals(3, connections.get());
        }
    }

    /** Greets as another kind of server does, and waits for the client to leave. */
    private static void greet(Connection connection) throws Exception {
        connection.writeLine("220 mail");
        while (connection.readLine() != null) {}
    }

    @Test
    void unknownServerIsReported() throws Exception {
        try (Runtime runtime = Runtime.open();
                var server = runtime.listen(0, NatsClientTest::greet);
                var sample =
                        SampleProcess.startSource(
                                "NatsClient", List.of("127.0.0.1:" + server.port()))) {
            sample.awaitLine("got 220 mail");
            assertEquals(0, sample.awaitExit(), sample::printed);
        }
    }
}
