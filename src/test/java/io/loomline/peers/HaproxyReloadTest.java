package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.proxy.ProxyProtocol;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.task.Task;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/** Clients talk to a server while the HAProxy in front of it is reloaded. */
class HaproxyReloadTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int RELOADS = 3;
    private static final int CLIENTS = 4;

    /** What a client sends before it connects again. */
    private static final int LINES = 20;

    @RegisterExtension final Children children = new Children();

    @TempDir Path directory;

    private final Runtime runtime = Runtime.open();

    /** The lines that the server has had before it acknowledged them. */
    private final Set<String> kept = ConcurrentHashMap.newKeySet();

    private final AtomicLong conversations = new AtomicLong();
    private volatile boolean ending;

    private Server server;
    private int port;
    private Process haproxy;

    @BeforeEach
    void start() throws IOException {
        var options = ServerOptions.DEFAULT.withProxyProtocol(ProxyProtocol.from("127.0.0.0/8"));
        server = runtime.listen(LoopbackAddress.of(0), options, this::acknowledge);
        port = LoopbackAddress.freePort();
        haproxy =
                new ReverseProxy(children, directory)
                        .haproxy(
                                port,
                                """
                                global
                                    stats socket %s/stats mode 600 level admin expose-fd listeners
                                listen front
                                    mode tcp
                                    bind 127.0.0.1:%d
                                    server s 127.0.0.1:%d send-proxy-v2
                                """
                                        .formatted(directory, port, server.port()),
                                "-W", // a master, whose workers a reload replaces
                                "-S",
                                masterSocket().toString());
    }

    private Path masterSocket() {
        return directory.resolve("master");
    }

    /** The master ends its workers at SIGTERM only. */
    @AfterEach
    void close() throws Exception {
        ending = true;
        if (haproxy != null) {
            haproxy.destroy();
            assertTrue(haproxy.waitFor(10, TimeUnit.SECONDS), "the master does not end");
        }
        runtime.close();
    }

    private void acknowledge(Connection connection) throws Exception {
        connection.writeLine("hello " + connection.remoteAddress());
        for (String line; (line = connection.readLine()) != null; ) {
            kept.add(line);
            connection.writeLine("got " + line);
        }
    }

    private Connection connect() throws Exception {
        Connection client = runtime.connect("127.0.0.1", port);
        assertEquals("hello " + client.localAddress(), client.readLine());
        return client;
    }

    private static void exchange(Connection client, String line) throws Exception {
        client.writeLine(line);
        assertEquals("got " + line, client.readLine());
    }

    /** Returns the number of acknowledged lines. */
    private long talk(int number) throws Exception {
        long sent = 0;
        while (!ending) {
            try (Connection client = connect()) {
                for (int i = 0; i < LINES; i++) exchange(client, number + " " + sent++);
                client.shutdownOutput();
                assertEquals(null, client.readLine());
            }
            conversations.incrementAndGet();
        }
        return sent;
    }

    /** Waits until the master has been reloaded that often, and takes the next signal. */
    private void awaitReloads(int count) throws InterruptedException {
        Pattern master = Pattern.compile("master +" + count + " \\[failed: 0\\]");
        Eventually.holds(() -> master.matcher(processes()).find());
    }

    /** What the master says of itself and of its workers; empty while it starts. */
    private String processes() {
        var answer = new ByteArrayOutputStream();
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(masterSocket()))) {
            channel.write(ByteBuffer.wrap("show proc\n".getBytes(StandardCharsets.US_ASCII)));
            channel.shutdownOutput();
            Channels.newInputStream(channel).transferTo(answer);
        } catch (IOException e) {
            return "";
        }
        return answer.toString(StandardCharsets.US_ASCII);
    }

    /** Returns when a new worker runs and further clients were served. */
    private void reload(int count) throws Exception {
        String pid = Long.toString(haproxy.pid());
        assertEquals(0, new ProcessBuilder("kill", "-USR2", pid).start().waitFor());
        awaitReloads(count);
        long served = conversations.get();
        Eventually.holds(() -> conversations.get() >= served + 2 * CLIENTS);
    }

    @Test
    void clientsDoNotNoticeAReload() throws Exception {
        awaitReloads(0);
        Connection present = connect(); // keeps the first worker alive
        List<Task<Long>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            clients.add(runtime.start(() -> talk(number)));
        }
        for (int i = 1; i <= RELOADS; i++) {
            reload(i);
            exchange(present, "present " + i);
        }
        ending = true;
        long acknowledged = RELOADS;
        for (Task<Long> each : clients) acknowledged += each.join(); // none has failed
        assertEquals(acknowledged, kept.size());
        present.close();
        Eventually.holds(() -> haproxy.children().count() == 1); // the last worker
        try (Connection late = connect()) {
            exchange(late, "late");
        }
        assertEquals(0, server.refusedCount());
    }
}
