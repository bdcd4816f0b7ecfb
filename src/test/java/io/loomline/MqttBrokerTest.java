package io.loomline;

import static io.loomline.MqttClient.DISCONNECT;
import static io.loomline.MqttClient.PINGREQ;
import static io.loomline.MqttClient.UNSUBSCRIBE;
import static io.loomline.MqttClient.connect;
import static io.loomline.MqttClient.connected;
import static io.loomline.MqttClient.packet;
import static io.loomline.MqttClient.publish;
import static io.loomline.MqttClient.string;
import static io.loomline.MqttClient.subscribe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.probe.Child;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Programs;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** The sample {@code MqttBroker}, with mosquitto's clients and with raw packets. */
class MqttBrokerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("MqttBroker");

    @TempDir Path directory;

    private static SampleServer serve() throws Exception {
        return new SampleServer(SampleServer.handler(SAMPLE.load("MqttBroker")));
    }

    private static Child start(SampleServer server, String program, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Programs.require(program, "mosquitto-clients"));
        command.addAll(List.of("-h", "127.0.0.1", "-p", "" + server.port()));
        command.addAll(List.of(arguments));
        return Child.start(command);
    }

    /** Runs mosquitto_pub. */
    private static void pub(SampleServer server, String... arguments) throws Exception {
        try (var child = start(server, "mosquitto_pub", arguments)) {
            List<String> printed = child.rest();
            assertEquals(0, child.exitCode(), () -> String.join("\n", printed));
        }
    }

    /** Starts mosquitto_sub, and waits until it has subscribed. Prints topic, payload, retained. */
    private static Child sub(SampleServer server, String... arguments) throws Exception {
        String ready = "ready/" + UUID.randomUUID();
        pub(server, "-t", ready, "-m", "ready", "-r");
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-F", "%t %p %r", "-t", ready));
        Child child = start(server, "mosquitto_sub", all.toArray(String[]::new));
        assertEquals(ready + " ready 1", child.readLine());
        return child;
    }

    @Test
    void deliversWhatMatchesAFilterOnce() throws Exception {
        try (var server = serve();
                var sub = sub(server, "-t", "a/#", "-t", "+/x", "-C", "5")) {
            pub(server, "-t", "a", "-m", "1");
            pub(server, "-t", "a/x", "-m", "2");
            pub(server, "-t", "b/y", "-m", "3");
            pub(server, "-t", "b/x", "-m", "4");
            pub(server, "-t", "a/\uD83D\uDE00", "-n");
            assertEquals(List.of("a 1 0", "a/x 2 0", "b/x 4 0", "a/\uD83D\uDE00  0"), sub.rest());
        }
    }

    /** A subscriber may ask for more, and is granted QoS 0. */
    @Test
    void subscribersOfHigherQoSReceiveMessages() throws Exception {
        try (var server = serve();
                var sub = sub(server, "-t", "a", "-q", "2", "-C", "2")) {
            pub(server, "-t", "a", "-m", "1");
            assertEquals(List.of("a 1 0"), sub.rest());
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2"})
    void disconnectsPublishersOfHigherQoS(int qos) throws Exception {
        try (var server = serve();
                var sub = connected(server, "sub").send(subscribe("a"));
                var client = connected(server, "me")) {
            assertEquals("9003000700", sub.read());
            byte[] id = {0, 8};
            client.send(packet(0x30 | qos << 1, string("a"), id, new byte[] {'x'}));
            assertEquals("end", client.read());
            assertEquals("d000", sub.send(PINGREQ).read()); // not the message
        }
    }

    private static void pubLines(SampleServer server, Path lines, String... arguments)
            throws Exception {
        String program = Programs.require("mosquitto_pub", "mosquitto-clients");
        List<String> command = new ArrayList<>(List.of(program, "-l", "-h", "127.0.0.1"));
        command.addAll(List.of("-p", "" + server.port()));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectInput(lines.toFile()).start();
        assertEquals(0, process.waitFor());
    }

    @Test
    void losesNoMessageOfABurst() throws Exception {
        sendBurst(1_000);
    }

    @Test
    @Tag("slow")
    void losesNoneOf10000Messages() throws Exception {
        sendBurst(10_000);
    }

    private void sendBurst(int count) throws Exception {
        List<String> lines = IntStream.range(0, count).mapToObj(i -> "message " + i).toList();
        Path file = Files.write(directory.resolve("lines"), lines);
        try (var server = serve();
                var sub = sub(server, "-t", "a", "-C", "" + (count + 1))) {
            pubLines(server, file, "-t", "a");
            assertEquals(lines.stream().map(line -> "a " + line + " 0").toList(), sub.rest());
        }
    }

    @Test
    void newSubscribersReceiveTheRetainedMessage() throws Exception {
        try (var server = serve()) {
            pub(server, "-t", "a/b", "-m", "old", "-r");
            pub(server, "-t", "a/b", "-m", "kept", "-r");
            pub(server, "-t", "a/c", "-m", "deleted", "-r");
            pub(server, "-t", "a/c", "-n", "-r");
            try (var sub =
                    start(server, "mosquitto_sub", "-t", "a/+", "-F", "%t %p %r", "-C", "2")) {
                assertEquals("a/b kept 1", sub.readLine());
                pub(server, "-t", "a/b", "-m", "new", "-r");
                assertEquals(List.of("a/b new 0"), sub.rest());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"KILL, w dead 0", "TERM, w alive 0"})
    void theWillIsSentUnlessTheClientDisconnects(String signal, String first) throws Exception {
        try (var server = serve();
                var sub = sub(server, "-t", "w", "-C", "2");
                var dying = sub(server, "-t", "x", "--will-topic", "w", "--will-payload", "dead")) {
            dying.signal(signal);
            dying.exitCode();
            if (signal.equals("TERM")) pub(server, "-t", "w", "-m", "alive");
            assertEquals(List.of(first), sub.rest());
        }
    }

    @Test
    @Tag("slow")
    void aSilentClientIsDisconnectedAfterOneAndAHalfKeepAlives() throws Exception {
        try (var server = serve();
                var watcher = connected(server, "watcher").send(subscribe("w"));
                var silent = new MqttClient(server)) {
            assertEquals("9003000700", watcher.read());
            silent.send(connect("silent", 6, 1, "w", "gone"), PINGREQ);
            long start = System.nanoTime();
            assertEquals("20020000", silent.read());
            assertEquals("d000", silent.read());
            assertEquals("end", silent.read());
            var waited = Duration.ofNanos(System.nanoTime() - start);
            assertTrue(waited.toMillis() >= 1_400 && waited.toSeconds() < 10, waited::toString);
            assertEquals("3007000177676f6e65", watcher.read());
        }
    }

    @Test
    void aSecondClientOfTheSameIdTakesOver() throws Exception {
        try (var server = serve();
                var watcher = connected(server, "watcher").send(subscribe("w"));
                var first = new MqttClient(server)) {
            assertEquals("9003000700", watcher.read());
            first.send(connect("same", 6, 0, "w", "gone"), subscribe("a"));
            assertEquals("20020000", first.read());
            assertEquals("9003000700", first.read());
            try (var second = connected(server, "same")) {
                assertEquals("end", first.read());
                assertEquals("3007000177676f6e65", watcher.read());
                second.send(publish("a", "x"), PINGREQ);
                assertEquals("d000", second.read()); // it has not subscribed
            }
        }
    }

    @Test
    void answersEachPacket() throws Exception {
        try (var server = serve();
                var client = connected(server, "me")) {
            byte[] filters = HexFormat.of().parseHex("0102" + "000161" + "02" + "000162" + "00");
            client.send(packet(0x82, filters));
            assertEquals("900401020000", client.read());
            client.send(publish("a", "x"));
            assertEquals("3004000161" + "78", client.read());
            client.send(packet(UNSUBSCRIBE, new byte[] {1, 3}, string("a")), publish("a", "x"));
            assertEquals("b0020103", client.read());
            client.send(PINGREQ, DISCONNECT);
            assertEquals("d000", client.read());
            assertEquals("end", client.read());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "a, a, true",
        "a, b, false",
        "a, a/b, false",
        "a/b, a, false",
        "#, a, true",
        "#, a/b, true",
        "#, /, true",
        "a/#, a, true",
        "a/#, a/, true",
        "a/#, a/b/c, true",
        "a/#, ab, false",
        "+, a, true",
        "+, a/b, false",
        "+/+, /a, true",
        "/+, /a, true",
        "+, /a, false",
        "a/+, a, false",
        "a/+, a/, true",
        "a/+/c, a/b/c, true",
        "a/+/c, a/b/d, false",
        "+/b/#, a/b, true",
        "#, $x, false",
        "+/a, $x/a, false",
        "$x/#, $x/a, true",
        "a, A, false",
        "a.c, abc, false",
        "a\\E/+, a\\E/b, true",
    })
    void filtersMatchTopics(String filter, String topic, boolean matches) throws Exception {
        try (var server = serve();
                var client = connected(server, "me")) {
            client.send(subscribe(filter), publish(topic, ""), PINGREQ);
            assertEquals("9003000700", client.read());
            if (matches) assertEquals("30", client.read().substring(0, 2));
            assertEquals("d000", client.read());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "100d00044d5154540502003c000000, 20020001", // version 5
        "100c00044d5154580402003c0000, 20020001", // another protocol
        "100c00044d5154540400003c0000, 20020002", // no id, but a session to keep
    })
    void refusesClients(String packet, String answer) throws Exception {
        try (var server = serve();
                var client = new MqttClient(server)) {
            client.send(HexFormat.of().parseHex(packet));
            assertEquals(answer, client.read());
            assertEquals("end", client.read());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "c000", // no CONNECT
                "100c00044d5154540403003c0000", // a reserved flag
                "100d00044d5154540402003c000300", // the id is cut
                "100d00044d5154540402003c000100", // NUL in the id
                "100e00044d5154540406003c00000000", // a will without a topic
                "10ffffffff7f", // the length has five bytes
                "10ffffff7f", // larger than the limit
            })
    void aMalformedConnectEndsTheConnection(String packet) throws Exception {
        try (var server = serve();
                var client = new MqttClient(server)) {
            client.send(HexFormat.of().parseHex(packet));
            assertEquals("end", client.read());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "100c00044d5154540402003c0000", // a second CONNECT
                "c100",
                "8000",
                "0000",
                "f000",
                "4002000a",
                "60020001", // types and flags
                "36050001610001", // QoS 3
                "38020001", // a duplicate of QoS 0
                "30020000",
                "300300012b",
                "3003000123",
                "3003000100",
                "30020005", // topics
                "3004000280c0", // not UTF-8
                "3203000161",
                "320400016100", // the id is missing or cut
                "82020001",
                "8206000100016103",
                "82050001000161", // filters and their QoS
                "82050001000000",
                "820800010003232f6100",
                "8207000100022b2b00",
                "820700010002612b00",
                "a2020001",
                "a206000100022b2b",
                "a205000100022b",
            })
    void aMalformedPacketEndsThatConnectionOnly(String packet) throws Exception {
        try (var server = serve();
                var other = connected(server, "other").send(subscribe("w"));
                var client = new MqttClient(server)) {
            assertEquals("9003000700", other.read());
            client.send(connect("me", 6, 0, "w", "x"));
            assertEquals("20020000", client.read());
            client.send(HexFormat.of().parseHex(packet));
            assertEquals("end", client.read());
            assertEquals("300400017778", other.read()); // the will
            assertEquals("d000", other.send(PINGREQ).read());
        }
    }

    @Test
    void survivesMutatedSessions() throws Exception {
        try (var server = serve()) {
            mutatedSessions().sendTo(server, 1, 60);
        }
    }

    @Test
    @Tag("slow")
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void survivesManyMutatedSessions() throws Exception {
        try (var server = serve()) {
            mutatedSessions().sendTo(server, System.nanoTime(), 50_000);
        }
    }

    private static MutatedSessions mutatedSessions() {
        byte[] unsubscribe = packet(UNSUBSCRIBE, new byte[] {1, 3}, string("a/+"));
        byte[] retained = packet(0x31, string("a/r"), "kept".getBytes(UTF_8));
        var sessions =
                List.of(
                        session(
                                connect("me", 2, 60),
                                publish("a/b", "1"),
                                publish("a", "2"),
                                DISCONNECT),
                        session(
                                connect("you", 6, 60, "w/x", "gone"),
                                subscribe("a/+"),
                                retained,
                                subscribe("#"),
                                publish("a/b", "text"),
                                PINGREQ,
                                unsubscribe,
                                publish("a/b", "x".repeat(200))));
        var words = List.of(PINGREQ, DISCONNECT, string("#"), string("+/+"), new byte[] {-1, 127});
        return new MutatedSessions(sessions, words);
    }

    private static byte[] session(byte[]... packets) {
        var session = new ByteArrayOutputStream();
        for (byte[] packet : packets) session.writeBytes(packet);
        return session.toByteArray();
    }
}
