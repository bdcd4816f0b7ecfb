package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.Runtime;
import io.loomline.datagram.DatagramOptions;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.probe.Programs;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Datagrams to and from Python's sockets and {@code socat}. */
class DatagramPeerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final String PYTHON_ECHO =
            """
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(("127.0.0.1", 0))
            print(s.getsockname()[1], flush=True)
            while True:
                packet, sender = s.recvfrom(65535)
                s.sendto(packet, sender)
            """;

    @RegisterExtension final Children children = new Children();

    private final Runtime runtime = Runtime.open();

    @AfterEach
    void close() {
        runtime.close();
    }

    @Test
    void pythonEchoesPackets() throws Exception {
        String python = Programs.require("python3", "python3");
        Process echo = children.start(List.of(python, "-I", "-c", PYTHON_ECHO));
        int port = Integer.parseInt(echo.inputReader(StandardCharsets.UTF_8).readLine());
        var options = DatagramOptions.DEFAULT.withRemote(LoopbackAddress.of(port));
        try (var endpoint = runtime.datagram(LoopbackAddress.of(0), options)) {
            for (int length = 1; length < 60_000; length += 5_000) {
                endpoint.send(new byte[length]);
                var packet = endpoint.receive();
                assertEquals(length, packet.bytes().length);
                assertEquals(LoopbackAddress.of(port), packet.sender());
            }
        }
    }

    @Test
    void socatSendsAndReceives() throws Exception {
        String socat = Programs.require("socat", "socat");
        try (var endpoint = runtime.datagram(0)) {
            int port = ((InetSocketAddress) endpoint.localAddress()).getPort();
            Process peer = children.start(List.of(socat, "STDIO", "UDP4:127.0.0.1:" + port));
            var output = peer.outputWriter(StandardCharsets.UTF_8);
            output.write("from socat\n");
            output.flush();
            var packet = endpoint.receive();
            assertEquals("from socat\n", packet.text());
            endpoint.send("to socat\n".getBytes(StandardCharsets.UTF_8), packet.sender());
            assertEquals("to socat", peer.inputReader(StandardCharsets.UTF_8).readLine());
        }
    }
}
