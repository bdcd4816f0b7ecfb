package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.Runtime;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Programs;
import io.loomline.server.ServerOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A peer passes a descriptor over a Unix-domain socket. Loomline ignores it, but the kernel ends a
 * read after the bytes that came with it, even if more bytes are available: unix(7).
 */
class PassedDescriptorTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final String CLIENT =
            """
            import socket, sys
            peer = socket.socket(socket.AF_UNIX)
            peer.settimeout(20)
            peer.connect(sys.argv[1])
            socket.send_fds(peer, [b"one\\n"], [0])
            peer.sendall(b"two\\n")
            print("sent", flush=True)
            got = b""
            while len(got) < 8:
                got += peer.recv(100)
            print(got.decode().replace("\\n", " ").strip())
            """;

    @RegisterExtension final Children children = new Children();
    @TempDir Path directory;

    @Test
    void linesAfterTheDescriptorAreRead() throws Exception {
        String python = Programs.require("python3", "python3");
        var bothSent = new CountDownLatch(1);
        var address = UnixDomainSocketAddress.of(directory.resolve("socket"));
        try (var runtime = Runtime.open();
                var _ =
                        runtime.listen(
                                address,
                                ServerOptions.DEFAULT,
                                connection -> {
                                    bothSent.await();
                                    String one = connection.readLine();
                                    String two = connection.readLine();
                                    // not earlier: the peer reads an answer, which causes an event
                                    connection.writeLine(one);
                                    connection.writeLine(two);
                                })) {
            Process client =
                    children.start(List.of(python, "-I", "-c", CLIENT, address.toString()));
            var output = client.inputReader(StandardCharsets.UTF_8);
            assertEquals("sent", output.readLine());
            bothSent.countDown();
            assertEquals("one two", output.readLine());
        }
    }

    private static final String SERVER =
            """
            import socket, sys
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(sys.argv[1])
            listener.listen()
            print("listening", flush=True)
            peer, _ = listener.accept()
            peer.settimeout(20)
            socket.send_fds(peer, [b"a"], [0])
            peer.sendall(b"b\\n")
            print("sent", flush=True)
            peer.recv(1)
            """;

    /** The local address of a client has no path. */
    @Test
    void clientReadsBytesAfterTheDescriptor() throws Exception {
        String python = Programs.require("python3", "python3");
        var address = UnixDomainSocketAddress.of(directory.resolve("socket"));
        Process server = children.start(List.of(python, "-I", "-c", SERVER, address.toString()));
        var output = server.inputReader(StandardCharsets.UTF_8);
        assertEquals("listening", output.readLine());
        try (var runtime = Runtime.open();
                var connection = runtime.connect(address)) {
            assertEquals("sent", output.readLine());
            assertEquals("ab", connection.readLine());
        }
    }
}
