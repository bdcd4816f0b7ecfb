package io.loomline.observe.inspector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.example.UserCode;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.observe.InspectorOptions;
import io.loomline.probe.Eventually;
import io.loomline.server.Server;
import io.loomline.task.Task;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** What the inspector answers, and what it refuses. */
class InspectorTest {
    private static final RuntimeOptions OPTIONS =
            RuntimeOptions.DEFAULT.withName("shop").withDriver(Drivers.memory());

    private final Runtime runtime =
            Runtime.open(
                    RuntimeOptions.DEFAULT
                            .withName("shop")
                            .withDriver(Drivers.memory())
                            .withInspector(InspectorOptions.at(0).withActions(true)));

    private final URI page = runtime.inspector().orElseThrow();
    private final HttpProbe http = new HttpProbe(page);
    private final String token = "Loomline-Token: " + page.getFragment().replace("token=", "");
    private final CountDownLatch never = new CountDownLatch(1);

    @AfterEach
    void close() {
        runtime.close();
    }

    private Task<Void> startWaiting(String name) throws InterruptedException {
        Task<Void> task = runtime.start(name, () -> UserCode.awaitLatch(never));
        Eventually.holds(() -> runtime.tree().toString().contains("CountDownLatch.await"));
        return task;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/inspector.css", "/inspector.js", "/inspector.svg"})
    void pageHasItsFiles(String path) throws IOException {
        HttpProbe.Reply reply = http.get(path);
        assertEquals(200, reply.status());
        assertTrue(reply.body().length() > 100, reply::body);
        assertFalse(reply.body().contains("https://"), "nothing from elsewhere");
    }

    @Test
    void everyAnswerForbidsWhatBrowsersMightDo() throws IOException {
        for (String path : List.of("/", "/api/tree", "/unknown")) {
            HttpProbe.Reply reply = http.get(path);
            String policy = reply.header("Content-Security-Policy");
            assertTrue(policy.startsWith("default-src 'none'; script-src 'self'"), policy);
            assertFalse(policy.contains("unsafe"), policy);
            assertTrue(policy.contains("frame-ancestors 'none'"), policy);
            assertEquals("nosniff", reply.header("X-Content-Type-Options"));
            assertEquals("no-referrer", reply.header("Referrer-Policy"));
            assertEquals("no-store", reply.header("Cache-Control"));
            assertFalse(reply.head().contains("access-control"), reply::head);
        }
    }

    @Test
    void treeAndTasksTellWhatEachTaskIsIn() throws Exception {
        Task<Void> task = startWaiting("lasting");
        HttpProbe.Reply tree = http.get("/api/tree");
        assertEquals("application/json", tree.header("Content-Type"));
        assertTrue(tree.body().startsWith("{\"takenAt\":\""), tree::body);
        assertTrue(tree.body().contains("\"operation\":\"CountDownLatch.await\""), tree::body);
        String cheap = http.get("/api/tree?stacks=0").body();
        assertTrue(cheap.contains("lasting"), cheap);
        assertFalse(cheap.contains("operation"), cheap);
        String one = http.get("/api/tasks?id=" + task.id() + "&id=999999999").body();
        assertTrue(one.startsWith("[{\"kind\":\"task\",\"name\":\"lasting\""), one);
        assertTrue(one.contains("\"site\":\"UserCode.java:"), one);
        assertEquals("[]\n", http.get("/api/tasks?id=999999999").body());
    }

    @Test
    void connectionsServersCensusAndRuntime() throws Exception {
        Server server = runtime.listen(0, UserCode::readLines);
        try (Connection client = runtime.connect(server.localAddress())) {
            client.writeLine("hello");
            Eventually.holds(() -> server.connections().toString().contains("6 bytes read"));
            String connections = http.get("/api/connections").body();
            assertTrue(connections.startsWith("[{\"kind\":\"connection\""), connections);
            assertTrue(connections.contains("\"bytesRead\":6"), connections);
            String id = connections.replaceAll("(?s).*\"id\":(\\d+).*", "$1");
            String one = http.get("/api/tasks?id=" + id).body();
            assertTrue(one.contains("\"bytesRead\":6"), one);
            String servers = http.get("/api/servers").body();
            assertTrue(servers.contains("\"connections\":1,\"accepted\":1"), servers);
            assertTrue(servers.contains("\"bytesRead\":6,\"bytesWritten\":0"), servers);
        }
        Eventually.holds(() -> server.connectionCount() == 0);
        String after = http.get("/api/servers").body();
        assertTrue(after.contains("\"bytesRead\":6"), after); // also of those that have ended
        String census = http.get("/api/census").body();
        assertTrue(census.contains("\"places\":["), census);
        String about = http.get("/api/runtime").body();
        String process = "\"process\":" + ProcessHandle.current().pid();
        assertTrue(about.contains("\"name\":\"shop\""), about);
        assertTrue(about.contains(process + ",\"actions\":true"), about);
    }

    @Test
    void recordedOperationsAreLines() throws Exception {
        runtime.recordOperations(true);
        Server server = runtime.listen(0, UserCode::readLines);
        try (Connection client = runtime.connect(server.localAddress())) {
            client.writeLine("hello");
            Eventually.holds(() -> server.connections().toString().contains("6 bytes read"));
            long id = server.connections().getFirst().task().id();
            HttpProbe.Reply reply = http.get("/api/operations?id=" + id);
            assertTrue(reply.body().startsWith("read 6 B"), reply::body);
            assertEquals("text/plain; charset=utf-8", reply.header("Content-Type"));
            assertEquals("", http.get("/api/operations?id=999999999").body());
            String json = http.get("/api/operations?format=json&id=" + id).body();
            String first =
                    "{\"recording\":true,\"operations\":[{\"task\":"
                            + id
                            + ",\"kind\":\"read\",\"bytes\":6,\"waitedSeconds\":";
            assertTrue(json.startsWith(first), json);
            assertTrue(json.contains(",\"outcome\":\"ok\"}"), json);
        }
    }

    @Test
    void recordingIsSwitchedWithTheToken() throws Exception {
        String off = "{\"recording\":false,\"operations\":[]}\n";
        String on = off.replace("false", "true");
        String path = "/api/operations?format=json&id=999999999";
        assertEquals(off, http.get(path).body());
        assertEquals(403, http.send("POST", "/api/record?on=true").status());
        assertEquals(off, http.get(path).body());
        HttpProbe.Reply reply = http.send("POST", "/api/record?on=true", token);
        assertEquals("200 {\"recording\":true}\n", reply.status() + " " + reply.body());
        assertEquals(on, http.get(path).body());
        assertEquals(200, http.send("POST", "/api/record?on=false", token).status());
        assertEquals(off, http.get(path).body());
        for (String wrong : List.of("", "?on=", "?on=yes")) {
            assertEquals(400, http.send("POST", "/api/record" + wrong, token).status());
        }
    }

    @Test
    void findsTasksByCallOrLine() throws Exception {
        Task<Void> task = startWaiting("lasting");
        runtime.start("other", () -> never.await());
        String found = http.get("/api/find?text=countDOWNlatch").body();
        assertTrue(found.startsWith("{\"tasks\":2,\"sampled\":2,\"ids\":["), found);
        String only = "{\"tasks\":2,\"sampled\":2,\"ids\":[" + task.id() + "]}\n";
        assertEquals(only, http.get("/api/find?text=usercode.java%3A").body());
        assertTrue(http.get("/api/find?text=lasting").body().endsWith("\"ids\":[]}\n"));
    }

    @Test
    void peersWordsStayText() throws Exception {
        runtime.start("<img src=x>\u001b[2J\"\u202e" + "x".repeat(9_000), () -> never.await());
        String tree = http.get("/api/tree?stacks=0").body();
        assertTrue(tree.chars().allMatch(c -> c == '\n' || (c >= ' ' && c <= '~')), tree);
        assertTrue(tree.length() < 1_000, () -> tree.length() + " characters");
        assertTrue(tree.contains("<img src=x>\\\\u001b[2J\\\""), tree);
    }

    @Test
    void cancelNeedsTheToken() throws Exception {
        Task<Void> task = startWaiting("victim");
        String path = "/api/cancel?id=" + task.id();
        assertEquals(403, http.send("POST", path).status());
        assertEquals(403, http.send("POST", path, token + "x").status());
        assertEquals(403, http.send("POST", path, "Loomline-Token: ").status());
        assertFalse(task.isDone());
        HttpProbe.Reply reply = http.send("POST", path, token);
        assertEquals("200 {\"cancelled\":1}\n", reply.status() + " " + reply.body());
        Eventually.holds(task::isDone);
        assertEquals("cancelled in the inspector", task.cancelReason().orElseThrow());
        assertEquals(404, http.send("POST", path, token).status());
    }

    @Test
    void drainShutsServersDown() throws Exception {
        Server one = runtime.listen(0, UserCode::readLines);
        Server other = runtime.listen(0, UserCode::readLines);
        assertEquals(403, http.send("POST", "/api/drain").status());
        String name = one.localAddress().toString().replace("/", "%2F");
        String path = "/api/drain?seconds=1&server=" + name;
        HttpProbe.Reply reply = http.send("POST", path, token);
        assertEquals("202 {\"draining\":1}\n", reply.status() + " " + reply.body());
        one.await();
        assertTrue(other.isReady());
        assertEquals(202, http.send("POST", "/api/drain?seconds=0", token).status());
        other.await();
        awaitNoServer();
        assertEquals(404, http.send("POST", "/api/drain", token).status());
    }

    private void awaitNoServer() throws IOException {
        while (!http.get("/api/servers").body().equals("[]\n")) Thread.onSpinWait();
    }

    @Test
    void readOnlyInspectorHasNoActions() throws Exception {
        try (Runtime readOnly = Runtime.open(OPTIONS.withInspector(0))) {
            URI address = readOnly.inspector().orElseThrow();
            assertEquals("/", address.getPath());
            assertEquals(null, address.getFragment());
            var probe = new HttpProbe(address);
            HttpProbe.Reply reply = probe.send("POST", "/api/cancel?id=1", token);
            assertEquals(403, reply.status());
            assertTrue(reply.body().contains("read-only"), reply::body);
            assertTrue(probe.get("/api/runtime").body().contains("\"actions\":false"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:%d", "LocalHost:%d", "127.0.0.1:%d", "[::1]:%d"})
    void ownHostsAreAnswered(String host) throws IOException {
        String own = host.formatted(http.port());
        assertEquals(200, http.sendTo(own, "GET", "/api/tree").status());
        String origin = "Origin: http://" + own;
        assertEquals(200, http.sendTo(own, "GET", "/api/tree", origin).status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example:%d", "localhost", "localhost:1", "127.0.0.1.evil.example:%d",
                "evil@localhost:%d", "127.0.0.2:%d", "localhost.:%d", ""
            })
    void otherHostsAreRefused(String host) throws IOException {
        String other = host.formatted(http.port());
        HttpProbe.Reply reply = http.sendTo(other, "GET", "/api/tree");
        assertEquals(403, reply.status());
        assertFalse(reply.body().contains("evil"), "nothing of the request is sent back");
        assertEquals(403, http.sendTo(other, "GET", "/").status());
        assertEquals(403, http.sendTo(other, "POST", "/api/cancel?id=1", token).status());
    }

    @Test
    void exactlyOneHostIsNeeded() throws IOException {
        String own = "localhost:" + http.port();
        String path = "GET /api/tree HTTP/1.1\r\nConnection: close\r\n";
        assertEquals(403, http.exchange(path + "\r\n").status());
        String two = path + "Host: " + own + "\r\nHost: evil.example\r\n\r\n";
        assertEquals(403, http.exchange(two).status());
        assertEquals(200, http.exchange(path + "Host: " + own + "\r\n\r\n").status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "null",
                "http://localhost:1",
                "https://localhost:%d",
                "http://127.0.0.1:%d",
                ""
            })
    void otherOriginsAreRefused(String origin) throws IOException {
        String header = "Origin: " + origin.formatted(http.port());
        assertEquals(403, http.send("GET", "/api/tree", header).status());
        assertEquals(403, http.send("POST", "/api/cancel?id=1", header, token).status());
    }

    /** Such as an image or a script of another page, which has no origin. */
    @ParameterizedTest
    @ValueSource(strings = {"cross-site", "same-site", "", "novel"})
    void requestsOfOtherSitesAreRefused(String site) throws IOException {
        String header = "Sec-Fetch-Site: " + site;
        String opens = "Sec-Fetch-Mode: navigate";
        String document = "Sec-Fetch-Dest: document";
        assertEquals(403, http.send("GET", "/api/census", header).status());
        assertEquals(403, http.send("GET", "/api/census", header, opens, document).status());
        assertEquals(403, http.send("GET", "/", header, "Sec-Fetch-Mode: no-cors").status());
        assertEquals(403, http.send("GET", "/", header, opens, "Sec-Fetch-Dest: iframe").status());
        assertEquals(200, http.send("GET", "/", header, opens, document).status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"same-origin", "none"})
    void requestsOfThePageAndOfTheUserAreAnswered(String site) throws IOException {
        assertEquals(200, http.send("GET", "/api/runtime", "Sec-Fetch-Site: " + site).status());
    }

    @Test
    void digitsOfTheLocaleAreNotUsed() throws Exception {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try {
            runtime.listen(0, UserCode::readLines);
            for (String path : List.of("/api/runtime", "/api/servers", "/api/census")) {
                String body = http.get(path).body();
                assertTrue(body.matches("[ -~]+\\R?"), body);
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "PATCH", "SPY"})
    void otherMethodsAreRefused(String method) throws IOException {
        HttpProbe.Reply reply = http.send(method, "/api/tree", token);
        assertEquals(405, reply.status());
        assertEquals("get, post", reply.header("Allow"));
    }

    @Test
    void methodMustFitThePath() throws IOException {
        assertEquals(405, http.send("GET", "/api/cancel?id=1", token).status());
        assertEquals(405, http.send("GET", "/api/drain", token).status());
        assertEquals(405, http.send("GET", "/api/record?on=true", token).status());
        assertEquals(405, http.send("POST", "/api/tree", token).status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api",
                "/api/",
                "/api/tree/",
                "/index.html",
                "/inspector.html",
                "/favicon.ico",
                "/../inspector.js",
                "/%2e%2e/Inspector.class",
                "//api/tree",
                "/api/TREE"
            })
    void unknownPathsAreRefused(String path) throws IOException {
        assertEquals(404, http.get(path).status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/tree?stacks=-1",
                "/api/tree?stacks=x",
                "/api/tree?stacks=99999999999",
                "/api/tasks",
                "/api/tasks?id=",
                "/api/tasks?id=x",
                "/api/tasks?id=%25zz",
                "/api/operations?id=1&format=xml",
                "/api/find",
                "/api/find?text="
            })
    void wrongParametersAreRefused(String path) throws IOException {
        assertEquals(400, http.get(path).status());
    }

    @Test
    void listensAtBothLoopbackAddressesAndNoOther() throws Exception {
        int port = http.port();
        InetAddress six = InetAddress.ofLiteral("::1");
        if (NetworkInterface.getByInetAddress(six) != null) {
            assertEquals(200, new HttpProbe("::1", port).get("/").status());
        }
        List<InetAddress> others =
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(address -> !address.isLoopbackAddress())
                        .toList();
        assumeTrue(!others.isEmpty(), "this machine has only loopback addresses");
        for (InetAddress other : others) {
            var probe = new HttpProbe(other.getHostAddress(), port);
            assertThrows(ConnectException.class, () -> probe.get("/"), other::toString);
        }
    }

    @Test
    void portInUseIsAnErrorAndLeavesNothing() throws Exception {
        try (var taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
            int port = taken.getLocalPort();
            var options = RuntimeOptions.DEFAULT.withDriver(Drivers.memory()).withInspector(port);
            var e = assertThrows(UncheckedIOException.class, () -> Runtime.open(options));
            String expected = "inspector: cannot listen at port " + port + ": Address already";
            assertTrue(e.getMessage().startsWith(expected), e::getMessage);
        }
    }

    @Test
    void endsWithItsRuntime() throws Exception {
        assertEquals(200, http.get("/").status());
        runtime.close();
        assertThrows(ConnectException.class, () -> http.get("/"));
        Eventually.holds(() ->
                Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(each -> each.getName().contains("inspector")));
    }

    @Test
    void speaksWhileAllCarriersAreHeld() throws Exception {
        var stop = new AtomicBoolean();
        int carriers = java.lang.Runtime.getRuntime().availableProcessors();
        List<Task<?>> spinning = new ArrayList<>();
        try {
            for (int i = 0; i < carriers; i++) {
                spinning.add(runtime.start("spinning", () -> UserCode.spin(stop)));
            }
            Eventually.holds(() -> runtime.tree().toString().contains("UserCode.java"));
            String census = http.get("/api/census").body();
            assertTrue(census.contains("\"operation\":\"running\""), census);
        } finally {
            stop.set(true);
        }
        for (Task<?> each : spinning) each.join();
    }

    @Test
    void optionsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> OPTIONS.withInspector(-1));
        assertThrows(IllegalArgumentException.class, () -> OPTIONS.withInspector(65_536));
        assertTrue(InspectorOptions.at(1).withActions(true).actions());
    }
}
