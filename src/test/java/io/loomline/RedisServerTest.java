package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Leftovers;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The sample {@code RedisServer} with redis-cli, redis-benchmark, and raw and mutated requests. */
class RedisServerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("RedisServer");

    private static final List<String> SESSIONS =
            List.of(
                    request("PING") + request("ECHO", "hello"),
                    request("SET", "key", "a\r\nb\0\u00ff $-1") + request("GET", "key"),
                    request("INCR", "n") + request("DEL", "n", "m", "") + request("EXISTS", "n"),
                    "SET a 1\r\nINCR a\nGET a\r\n\r\nEXISTS a a b\r\nDEL a\r\nQUIT\r\n",
                    request("CONFIG", "GET", "save") + request("COMMAND", "DOCS"),
                    request() + "PING\r\n" + request("SET", "x", "x".repeat(300)));

    private static final List<String> WORDS =
            List.of("\r", "\n", "\r\n", "*", "$", "-1", "9", "\0", " ", "*1\r\n$4\r\n");

    private SampleServer server;

    @BeforeEach
    void start() throws Exception {
        server = new SampleServer(handler());
    }

    private static ConnectionHandler handler() throws Exception {
        return SampleServer.handler(SAMPLE.load("RedisServer"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Sends bytes and the end of the output. Returns everything that the server sends. */
    private String exchange(String request) throws IOException {
        try (var socket = server.connect()) {
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    private static String bulk(String text) {
        return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    private static String request(String... words) {
        var request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) request.append(bulk(word));
        return request.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "PING, +PONG",
        "ping, +PONG",
        "PING hello, $5|hello",
        "ECHO hello, $5|hello",
        "GET missing, $-1",
        "EXISTS missing, :0",
        "DEL missing, :0",
        "INCR missing, :1",
        "CONFIG GET save, *2|$4|save|$0|",
        "COMMAND DOCS, *0",
        "QUIT, +OK",
        "NONSENSE, -ERR unknown command",
        "GET, -ERR wrong number of arguments",
        "EXISTS a b c d e, :0",
        "DEL, -ERR wrong number of arguments",
        "PING a b, -ERR wrong number of arguments",
        "GET a b, -ERR wrong number of arguments",
        "SET a b c d, -ERR wrong number of arguments",
    })
    void answersBothFormsOfRequests(String command, String answer) throws Exception {
        String expected = answer.replace("|", "\r\n") + "\r\n";
        assertEquals(expected, exchange(command + "\r\n"));
        exchange("DEL missing\n");
        assertEquals(expected, exchange(request(command.split(" "))));
    }

    @Test
    void keepsAnyBytesAsKeysAndValues() throws Exception {
        var all = new StringBuilder();
        for (char c = 0; c < 256; c++) all.append(c);
        String key = all.reverse().toString();
        String value = all.reverse() + "\r\n".repeat(100);
        assertEquals("+OK\r\n", exchange(request("SET", key, value)));
        assertEquals(bulk(value), exchange(request("GET", key)));
        assertEquals(":2\r\n", exchange(request("EXISTS", key, "other", key)));
        assertEquals(":1\r\n", exchange(request("DEL", key, "other", key, "more")));
        assertEquals("$-1\r\n", exchange(request("GET", key)));
    }

    @Test
    void countsAndRefusesToCountText() throws Exception {
        assertEquals("+OK\r\n:42\r\n:43\r\n", exchange("SET n 41\nINCR n\r\nINCR n\r\n"));
        String error = "-ERR value is not an integer or out of range\r\n";
        assertEquals("+OK\r\n" + error, exchange("SET n many\nINCR n\n"));
        assertEquals("+OK\r\n" + error, exchange("SET n " + Long.MAX_VALUE + "\nINCR n\n"));
        assertEquals(bulk("" + Long.MAX_VALUE), exchange("GET n\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEL /", "*2\r\n$3\r\nDEL\r\n$1\r\n/", "*2\r\n$3\r\nDEL\r\n$6\r\n/"})
    void neverExecutesARequestThatWasCut(String cut) throws Exception {
        assertEquals("+OK\r\n", exchange("SET / kept\r\n"));
        assertEquals("", exchange(cut));
        assertEquals(bulk("kept"), exchange("GET /\r\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "*x|, '*'",
        "*-1|, '*'",
        "*65537|, '*'",
        "*99999999999|, '*'",
        "*1|PING|, '$'",
        "*1|$-1|, '$'",
        "*1|$99999999999|, '$'",
        "*1|$67108865|, '$'",
        "*2|$4|PING|$67108861|, '$'",
    })
    void refusesLengthsOutOfRange(String request, String mark) throws Exception {
        String answer = exchange(request.replace("|", "\r\n") + "PING\r\n");
        String error = "-ERR Protocol error: expected '" + mark + "' and a length from 0 to ";
        assertTrue(answer.startsWith(error), answer);
        assertEquals(answer.length(), answer.indexOf("\r\n") + 2, answer);
    }

    @Test
    void refusesWordsLongerThanTheySay() throws Exception {
        String error = "-ERR Protocol error: expected CRLF\r\n";
        assertEquals(error, exchange("*1\r\n$4\r\nPINGPONG\r\n"));
    }

    @Test
    void refusesALineThatNeverEnds() throws Exception {
        String answer = exchange("PING " + "x".repeat(70_000));
        assertTrue(answer.startsWith("-ERR Protocol error: "), answer);
    }

    @Test
    void closesAfterQuit() throws Exception {
        assertEquals("+OK\r\n", exchange(request("quit") + "PING\r\n"));
    }

    @Test
    void servesRedisCli() throws Exception {
        var cli = new ClientProgram("redis-cli", "redis-tools");
        String commands =
                """
                SET greeting "hello world"
                GET greeting
                INCR n
                INCR n
                LPUSH l 1
                """;
        var run = cli.runWithInput(commands, "-p", "" + server.port());
        assertEquals(0, run.exitCode(), run::output);
        String expected =
                """
                OK
                hello world
                1
                2
                ERR unknown command

                """;
        assertEquals(expected, run.output());
    }

    @Test
    void takesAMassInsertion() throws Exception {
        var cli = new ClientProgram("redis-cli", "redis-tools");
        var requests = new StringBuilder();
        for (int i = 0; i < 20_000; i++) requests.append(request("SET", "key" + i, "value" + i));
        var run = cli.runWithInput(requests.toString(), "-p", "" + server.port(), "--pipe");
        assertEquals(0, run.exitCode(), run::output);
        assertTrue(run.output().contains("errors: 0, replies: 20000"), run::output);
        assertEquals(bulk("value19999"), exchange("GET key19999\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "16"})
    @Tag("slow")
    void servesRedisBenchmark(String pipelined) throws Exception {
        var benchmark = new ClientProgram("redis-benchmark", "redis-tools");
        String options = "-t ping,set,get,incr -n 2000 -c 20 --csv -P " + pipelined;
        var run = benchmark.run(("-p " + server.port() + " " + options).split(" "));
        assertEquals(0, run.exitCode(), run::output);
        for (String test : List.of("PING_INLINE", "PING_MBULK", "SET", "GET", "INCR")) {
            assertTrue(run.output().contains('"' + test + "\",\""), run::output);
        }
        assertFalse(run.output().contains("rror"), run::output);
    }

    @Test
    void survivesMutatedSessions() throws Exception {
        mutatedSessions().sendTo(server, 1, 100, RedisServerTest::requireWholeAnswers);
    }

    @Test
    @Tag("slow")
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void survivesManyMutatedSessions() throws Exception {
        long seed = System.nanoTime();
        mutatedSessions().sendTo(server, seed, 50_000, RedisServerTest::requireWholeAnswers);
    }

    private static MutatedSessions mutatedSessions() {
        return MutatedSessions.ofTexts(SESSIONS, WORDS);
    }

    /** Requires that the server has sent whole answers only. */
    private static void requireWholeAnswers(byte[] sent, byte[] received) {
        String rest = new String(received, ISO_8859_1);
        while (!rest.isEmpty()) {
            int end = rest.indexOf("\r\n") + 2;
            String line = rest.substring(0, Math.max(0, end));
            assertTrue(
                    line.matches("[+:*][-\\w ]+\r\n|-ERR [^\r\n]+\r\n|\\$(-1|\\d+)\r\n"),
                    () -> new String(sent, ISO_8859_1) + "\n" + new String(received, ISO_8859_1));
            if (line.matches("\\$\\d+\r\n")) end += Integer.parseInt(line.substring(1).strip()) + 2;
            rest = rest.substring(end);
        }
    }
}
