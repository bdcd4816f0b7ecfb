package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.stream.Limits;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The sample {@code HttpServer} with curl, wrk, ab, and raw, forged and mutated requests. */
class HttpServerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("HttpServer");

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private static final String CHUNKED =
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static final List<String> SESSIONS =
            List.of(
                    GET + GET + "HEAD / HTTP/1.1\r\nHost: x\r\nUser-Agent: y\r\n\r\n",
                    post("hello") + post("") + GET,
                    CHUNKED + "5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nTrailer: z\r\n\r\n" + GET,
                    "GET / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n",
                    post("a\0\u00ff\r\n\r\n").replace("Host", "Expect: 100-continue\r\nHost"));

    private static final List<String> WORDS =
            List.of(
                    "\r",
                    "\n",
                    "\r\n",
                    " ",
                    "\t",
                    ":",
                    ";",
                    ",",
                    "0",
                    "\0",
                    "chunked",
                    "Content-Length: 3\r\n");

    private SampleServer server;

    @BeforeEach
    void start() throws Exception {
        server = new SampleServer(handler());
    }

    private static ConnectionHandler handler() throws Exception {
        return SampleServer.handler(SAMPLE.load("HttpServer"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static String post(String body) {
        String fields = "Host: x\r\nContent-Length: " + body.length();
        return "POST /echo HTTP/1.1\r\n" + fields + "\r\n\r\n" + body;
    }

    /** Sends bytes and the end of the output. Returns everything that the server sends. */
    private String exchange(String request) throws IOException {
        try (var socket = server.connect()) {
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            socket.shutdownOutput();
            String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
            return answer.replaceAll("Date: \\w{3}, \\d\\d \\w{3} \\d{4} [\\d:]{8} GMT\r\n", "");
        }
    }

    private static String ok(String body) {
        return response("keep-alive", body);
    }

    private static String closed(String body) {
        return response("close", body);
    }

    private static String response(String option, String body) {
        String fields = "Connection: " + option + "\r\nContent-Length: " + body.length();
        return "HTTP/1.1 200 OK\r\n" + fields + "\r\n\r\n" + body;
    }

    private void requireRefused(String status, String request) throws IOException {
        String answer = exchange(request + GET);
        assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
        assertTrue(answer.endsWith("\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), answer);
        assertEquals(0, answer.lastIndexOf("HTTP/1.1"), answer);
    }

    @Test
    void answersPipelinedRequestsInOrder() throws Exception {
        String body = "a\0\u00ff\r\n\r\n";
        String requests = GET + post("first") + post(body) + post("") + GET;
        String answers = ok("hello\n") + ok("first") + ok(body) + ok("") + ok("hello\n");
        assertEquals(answers, exchange(requests));
    }

    @Test
    void readsChunks() throws Exception {
        String chunks =
                "5\r\nhello\r\n0A ;name=\"value\"\r\n0123456789\r\n0\r\nA: b\r\nC: d\r\n\r\n";
        assertEquals(ok("hello0123456789") + ok("hello\n"), exchange(CHUNKED + chunks + GET));
    }

    @Test
    void skipsTheBodyOfAGet() throws Exception {
        String request = "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
        assertEquals(ok("hello\n") + ok("hello\n"), exchange(request + GET));
    }

    @Test
    void answersHeadWithoutABody() throws Exception {
        String head = ok("hello\n").replace("hello\n", "");
        assertEquals(head + ok("hello\n"), exchange(GET.replace("GET", "HEAD") + GET));
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "Close", "upgrade, close", "close ,x"})
    void closesIfAsked(String option) throws Exception {
        String request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: " + option + "\r\n\r\n";
        assertEquals(closed("hello\n"), exchange(request + GET));
    }

    @Test
    void closesAfterHttp10() throws Exception {
        String request = "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n";
        assertEquals(closed("hello\n"), exchange(request + GET));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/?a=b", "/?", "http://x", "http://x?a", "http://x/", "http://x:80/?/echo"})
    void ignoresAuthorityAndQuery(String target) throws Exception {
        assertEquals(ok("hello\n"), exchange("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"));
    }

    @Test
    void continuesIfExpected() throws Exception {
        String request = post("hello").replace("Host", "Expect: 100-Continue\r\nHost");
        assertEquals("HTTP/1.1 100 Continue\r\n\r\n" + ok("hello"), exchange(request));
    }

    @ParameterizedTest
    @CsvSource({
        "400, GET /",
        "400, GET  / HTTP/1.1",
        "400, 'GET / HTTP/1.1 '",
        "400, GET / http/1.1",
        "400, ' GET / HTTP/1.1'",
        "400, GET x HTTP/1.1",
        "404, GET /x HTTP/1.1",
        "404, GET /echo/ HTTP/1.1",
        "405, POST / HTTP/1.1|Content-Length: 0",
        "405, GET /echo HTTP/1.1",
        "501, DELETE / HTTP/1.1",
        "501, E / HTTP/1.1",
        "501, OPTIONS * HTTP/1.1",
        "404, GET * HTTP/1.1",
        "411, POST /echo HTTP/1.1",
        "413 Content Too Large, POST /echo HTTP/1.1|Content-Length: 4194305",
        "413, POST /echo HTTP/1.1|Content-Length: 4194305|Expect: 100-continue",
        "417 Expectation Failed, GET / HTTP/1.1|Expect: more",
        "501, POST /echo HTTP/1.1|Transfer-Encoding: gzip",
        "505, GET / HTTP/2.0",
        "505, GET / HTTP/0.9",
    })
    void refusesWhatItDoesNotSupport(String status, String head) throws Exception {
        requireRefused(status, head.replace("|", "\r\n") + "\r\nHost: x\r\n\r\n");
    }

    @Test
    void namesTheAllowedMethods() throws Exception {
        String answer = exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        assertTrue(answer.contains("\r\nAllow: GET, HEAD\r\n"), answer);
    }

    /** Forms that another server may read differently, so that it sees other requests. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 3|Transfer-Encoding: chunked",
                "Transfer-Encoding: chunked|Content-Length: 3",
                "Content-Length: 3|Content-Length: 4",
                "Content-Length: 3|Content-Length: 3",
                "Content-Length: 3, 4",
                "Content-Length: +3",
                "Content-Length: -3",
                "Content-Length: 0x3",
                "Content-Length: 3 3",
                "Content-Length: ",
                "Content-Length: 9999999999999999999",
                "Content-Length : 3",
                "Content-Length\t: 3",
                " Content-Length: 3",
                "X: y| Content-Length: 3",
                "X: y|\tfolded",
                "X: y\rContent-Length: 3",
                "X: y\nContent-Length: 3",
                "X: y\0z",
                "X",
                ": y",
                "X\u00e4: y",
                "Content-Length\0: 3",
                "Host: y",
                "Host: x, y"
            })
    void refusesAmbiguousFields(String fields) throws Exception {
        String head = "POST /echo HTTP/1.1\r\nHost: x\r\n" + fields.replace("|", "\r\n");
        if (!fields.contains("Content-Length")) head += "\r\nContent-Length: 3";
        requireRefused("400", head + "\r\n\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "501, 'chunked, chunked'",
        "501, 'identity, chunked'",
        "501, 'chunked, identity'",
        "501, xchunked",
        "400, '\u000bchunked'",
    })
    void refusesOtherCodings(String status, String coding) throws Exception {
        String fields = "Host: x\r\nTransfer-Encoding: " + coding;
        requireRefused(status, "POST /echo HTTP/1.1\r\n" + fields + "\r\n\r\n0\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x|",
                "|",
                "-1|a|",
                "+1|a|",
                "0x1|a|",
                "1 2|a|",
                "10000000000|",
                "5|hello!|0||",
                "5\nhello|0||",
                "1;a\nb|x|0||",
                "1|a|0|X\n|",
                "1 a|x|0||"
            })
    void refusesAmbiguousChunks(String chunks) throws Exception {
        requireRefused("400", CHUNKED + chunks.replace("|", "\r\n"));
    }

    @Test
    void requiresAHostFromHttp11On() throws Exception {
        requireRefused("400", "GET / HTTP/1.1\r\n\r\n");
        assertEquals(closed("hello\n"), exchange("GET / HTTP/1.0\r\n\r\n"));
    }

    @Test
    void refusesAChunkedBodyOfHttp10() throws Exception {
        requireRefused("400", CHUNKED.replace("1.1", "1.0") + "0\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /%s HTTP/1.1\r\n", "GET / HTTP/1.1\r\nX: %s\r\n"})
    void refusesLongHeads(String head) throws Exception {
        requireRefused(
                "431 Request Header Fields Too Large\r\n", head.formatted("x".repeat(20_000)));
    }

    @Test
    void refusesManyFields() throws Exception {
        requireRefused(
                "431 Request Header Fields Too Large\r\n",
                "GET / HTTP/1.1\r\n" + "X: y\r\n".repeat(4_000));
    }

    @Test
    void takesManyFields() throws Exception {
        String request = "GET / HTTP/1.1\r\nHost: x\r\n" + "X: y\r\n".repeat(2_500) + "\r\n";
        assertEquals(ok("hello\n"), exchange(request));
    }

    @Test
    void refusesManyChunks() throws Exception {
        requireRefused("413 Content Too Large\r\n", CHUNKED + chunksOf("x".repeat(40_000), 110));
    }

    private static String chunksOf(String chunk, int count) {
        return (Integer.toHexString(chunk.length()) + "\r\n" + chunk + "\r\n").repeat(count);
    }

    @Test
    @Tag("slow")
    void refusesManySmallChunksAndLongExtensions() throws Exception {
        String status = "413 Content Too Large\r\n";
        requireRefused(status, CHUNKED + chunksOf("x", 800_000));
        requireRefused(status, CHUNKED + ("1;" + "x".repeat(60_000) + "\r\nx\r\n").repeat(80));
        requireRefused(status, CHUNKED + "0\r\n" + "X: y\r\n".repeat(800_000));
    }

    /** The limit of a line is 50 ms. */
    private static Server serveImpatiently(Runtime runtime) throws Exception {
        Limits limits = Limits.DEFAULT.withLineTimeout(Duration.ofMillis(50));
        var options = ServerOptions.DEFAULT.withLimits(limits);
        return runtime.listen(LoopbackAddress.of(0), options, handler());
    }

    @Test
    void refusesAHeadThatTakesTooLong() throws Exception {
        try (var runtime = Runtime.open();
                var slow = serveImpatiently(runtime);
                var connection = runtime.connect("localhost", slow.port())) {
            connection.write(GET + GET.substring(0, GET.length() - 1));
            String answer = new String(connection.readAll(1000), ISO_8859_1);
            assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
            assertTrue(answer.contains("hello\nHTTP/1.1 408 Request Timeout\r\n"), answer);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 6\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n6\r\n"})
    void takesABodyThatIsSlowerThanAHeadMayBe(String framing) throws Exception {
        try (var runtime = Runtime.open();
                var slow = serveImpatiently(runtime);
                var connection = runtime.connect("localhost", slow.port())) {
            connection.write("POST /echo HTTP/1.1\r\nHost: x\r\n" + framing + "slo");
            Thread.sleep(100); // more than the limit of a line
            connection.write("wly" + (framing.startsWith("T") ? "\r\n0\r\n\r\n" : ""));
            connection.shutdownOutput();
            String answer = new String(connection.readAll(1000), ISO_8859_1);
            assertTrue(answer.endsWith("\r\n\r\nslowly"), answer);
        }
    }

    private ClientProgram.Run curl(String... arguments) throws Exception {
        var curl = new ClientProgram("curl", "curl");
        Stream<String> options = Stream.of("--disable", "--noproxy", "*", "-sS");
        String[] all = Stream.concat(options, Stream.of(arguments)).toArray(String[]::new);
        ClientProgram.Run run = curl.run(all);
        assertEquals(0, run.exitCode(), run::output);
        return run;
    }

    private String url(String path) {
        return "http://127.0.0.1:" + server.port() + path;
    }

    @Test
    void curlUsesOneConnectionForSeveralRequests() throws Exception {
        String connects = "%{num_connects}\n";
        String output = curl("-w", connects, url("/"), url("/?a"), url("/")).output();
        assertEquals("hello\n1\nhello\n0\nhello\n0\n", output);
    }

    @Test
    void curlPosts(@TempDir Path directory) throws Exception {
        assertEquals("a=b", curl("--data", "a=b", url("/echo")).output());
        String chunked = "Transfer-Encoding: chunked";
        assertEquals("a=b", curl("--data", "a=b", "-H", chunked, url("/echo")).output());
        Path file = directory.resolve("body");
        Files.writeString(file, "0123456789".repeat(200_000));
        Path echo = directory.resolve("echo");
        var run = curl("--data-binary", "@" + file, "-v", "-o", "" + echo, url("/echo"));
        assertTrue(run.output().contains("HTTP/1.1 100 Continue"), run::output);
        assertEquals(-1, Files.mismatch(file, echo));
    }

    @Test
    void curlSeesHeadsAndOldVersions() throws Exception {
        String head = curl("-I", url("/")).output();
        assertTrue(head.startsWith("HTTP/1.1 200 OK\r\n"), head);
        assertTrue(head.contains("Content-Length: 6\r\n"), head);
        assertEquals("hello\n", curl("--http1.0", url("/")).output());
    }

    @Test
    @Tag("slow")
    void servesWrk() throws Exception {
        var wrk = new ClientProgram("wrk", "wrk");
        var run = wrk.run("-c", "50", "-t", "1", "-d", "1", url("/"));
        assertEquals(0, run.exitCode(), run::output);
        assertTrue(run.output().contains("Requests/sec"), run::output);
        assertTrue(
                !run.output().contains("rrors") && !run.output().contains("Non-2xx"), run::output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-q", "-k"})
    void servesAb(String option) throws Exception {
        var ab = new ClientProgram("ab", "apache2-utils");
        var run = ab.run(option, "-n", "500", "-c", "20", url("/"));
        assertEquals(0, run.exitCode(), run::output);
        assertTrue(run.output().contains("Failed requests:        0"), run::output);
    }

    @Test
    void survivesMutatedSessions() throws Exception {
        mutatedSessions().sendTo(server, 1, 100, HttpServerTest::requireWholeAnswers);
    }

    @Test
    @Tag("slow")
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void survivesManyMutatedSessions() throws Exception {
        long seed = System.nanoTime();
        mutatedSessions().sendTo(server, seed, 50_000, HttpServerTest::requireWholeAnswers);
    }

    private static MutatedSessions mutatedSessions() {
        return MutatedSessions.ofTexts(SESSIONS, WORDS);
    }

    /** Requires that the server has sent whole answers only. */
    private static void requireWholeAnswers(byte[] sent, byte[] received) {
        String rest = new String(received, ISO_8859_1);
        while (!rest.isEmpty()) {
            int end = rest.indexOf("\r\n\r\n") + 4;
            String head = rest.substring(0, Math.max(0, end));
            boolean isValid =
                    head.matches("HTTP/1.1 \\d{3} [\\w -]+\r\n([\\w-]+: [^\r\n]+\r\n)*\r\n");
            assertTrue(
                    isValid, () -> new String(sent, ISO_8859_1) + new String(received, ISO_8859_1));
            // an answer to HEAD has a length and no body
            boolean hasBody = !rest.startsWith("HTTP/1.1 ", end);
            int length =
                    Integer.parseInt("0" + head.replaceAll("(?s).*-Length: (\\d+).*|.+", "$1"));
            if (hasBody) end += length;
            rest = rest.substring(Math.min(end, rest.length()));
        }
    }
}
