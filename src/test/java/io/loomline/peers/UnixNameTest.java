package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Child;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Programs;
import io.loomline.server.ServerOptions;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The socket path and user number of a client. A local user is free to choose the path. */
@ParameterizedClass
@EnumSource(Kernel.class)
class UnixNameTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    /** Connects from an optional path, as an optional user. */
    private static final String CLIENT =
            """
            import os, socket, sys
            server, own, user = os.fsencode(sys.argv[1]), sys.argv[2], int(sys.argv[3])
            if user:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            peer = socket.socket(socket.AF_UNIX)
            peer.settimeout(20)
            if own:
                peer.bind(bytes.fromhex(own))
            peer.connect(server)
            try:
                print(peer.recv(100).decode().strip())
            except OSError:
                print("lost")
            """;

    @RegisterExtension final Children children = new Children();
    @Parameter Kernel kernel;
    @TempDir Path directory;

    private UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(directory.resolve("socket"));
    }

    private Process client(String ownName, long user) throws IOException {
        String python = Programs.require("python3", "python3");
        String path = ownName.isEmpty() ? "" : directory.resolve("own") + ownName;
        var hex = new StringBuilder();
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) hex.append("%02x".formatted(b));
        return children.start(
                List.of(python, "-I", "-c", CLIENT, address().toString(), "" + hex, "" + user));
    }

    private static String readLine(Process client) throws IOException {
        return client.inputReader(StandardCharsets.UTF_8).readLine();
    }

    private Runtime listen(ConnectionHandler handler) throws IOException {
        var runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(kernel.newDriver()));
        runtime.listen(address(), ServerOptions.DEFAULT, handler);
        return runtime;
    }

    @Test
    void pathThatForgesALogLineIsEscaped() throws Exception {
        var peer = new CompletableFuture<String>();
        try (var log = new CapturedLog();
                var _ =
                        listen(connection -> {
                            peer.complete("" + connection.remoteAddress());
                            connection.writeLine("served");
                            throw new IllegalStateException("about " + connection);
                        })) {
            assertEquals("served", readLine(client("\nWARN forged \u001b[31m\r", 0)));
            assertTrue(
                    peer.join().endsWith("own\\u000aWARN forged \\u001b[31m\\u000d"), peer::join);
            Eventually.holds(() -> !log.lines("forged").isEmpty());
            for (String line : log.lines("forged")) assertTrue(line.contains("own\\u000a"), line);
        }
    }

    @Test
    void printablePathIsUnchanged() throws Exception {
        var peer = new CompletableFuture<Object>();
        try (var _ =
                listen(connection -> {
                    peer.complete(connection.remoteAddress());
                    connection.writeLine("served");
                })) {
            assertEquals("served", readLine(client(" is fine", 0)));
            assertEquals(UnixDomainSocketAddress.of(directory.resolve("own is fine")), peer.join());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1_999_999_999, 2_147_483_648L, 3_000_000_000L, 4_294_967_294L})
    void userNumberIsUnsigned(long user) throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can change its user");
        try (var _ =
                listen(connection -> {
                    var peer = connection.peerCredentials().orElseThrow();
                    connection.writeLine(peer.user().getName() + " " + peer.group().getName());
                })) {
            assumeTrue(
                    directory.toFile().setExecutable(true, false),
                    "the directory is not accessible");
            assumeTrue(
                    address().getPath().toFile().setWritable(true, false),
                    "the socket is not accessible");
            assertEquals(user + " " + user, readLine(client("", user)));
        }
    }

    @Test
    @Tag("slow")
    void pathThatTheLocaleCannotExpressBlocksNoOtherClient() throws Exception {
        var options = kernel.jvmOptions();
        var inC = List.of("env", "LC_ALL=C");
        String path = address().toString();
        try (Child child = Child.startBy(inC, UnixNameProgram.class, options, path)) {
            child.await("listening");
            Process unencodable = client("\u00fc.sock", 0);
            if (kernel == Kernel.EPOLL) {
                assertEquals("served", readLine(unencodable));
                child.await("peer " + directory.resolve("own") + "\\xc3\\xbc.sock");
            }
            for (int i = 0; i < 3; i++) assertEquals("served", readLine(client("", 0)));
            assertTrue(Files.exists(directory.resolve("socket")));
            assertFalse(child.readLine().isEmpty());
        }
    }
}
