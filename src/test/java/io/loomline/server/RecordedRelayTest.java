package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.net.Relay;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.stream.Operation;
import io.loomline.stream.Operation.Kind;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** What is recorded of a relay, whose large flows may pass inside the kernel. */
@ParameterizedClass
@EnumSource
class RecordedRelayTest {
    private static final int BYTES = 24 << 20;

    @Parameter Kernel kernel;

    private Runtime runtime;
    private Server relays;
    private final byte[] content = new byte[BYTES];

    @BeforeEach
    void open() throws Exception {
        new Random(3).nextBytes(content);
        runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(kernel.newDriver()));
        runtime.recordOperations(true);
        Server echo = runtime.listen(anyPort(), RecordedRelayTest::echo);
        relays =
                runtime.listen(
                        anyPort(),
                        client -> {
                            try (var upstream = runtime.connect(echo.localAddress())) {
                                Relay.between(client, upstream).run();
                            }
                        });
    }

    private static SocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static void echo(Connection connection) throws Exception {
        for (byte[] bytes; (bytes = connection.read(100_000)).length > 0; ) connection.write(bytes);
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    /** The present operations of the relay's connection to its client. */
    private List<Operation> operations() {
        return relays.connections().getFirst().operations();
    }

    /** Checks what is recorded until the call has ended; returns all kinds seen. */
    private Set<Kind> observe(Call<?> call) throws Exception {
        Eventually.holds(() -> !relays.connections().isEmpty());
        Set<Kind> seen = EnumSet.noneOf(Kind.class);
        Eventually.holds(() -> {
            for (Operation each : operations()) {
                assertTrue(each.bytes() > 0, each::toString);
                assertNull(each.failure(), each::toString);
                seen.add(each.kind());
            }
            return call.isDone();
        });
        call.result();
        return seen;
    }

    @Test
    void largeFlowsAreReadsAndWritesUpToTheirEnd() throws Exception {
        try (var client = runtime.connect(relays.localAddress())) {
            var sender = Call.running(() -> client.write(content));
            var receiver = Call.of(() -> client.readExactly(BYTES));
            assertEquals(EnumSet.of(Kind.READ, Kind.WRITE), observe(receiver));
            assertArrayEquals(content, receiver.result());
            sender.result();
            var last = Call.of(client::readLine);
            client.writeLine("last");
            assertEquals("last", last.result());
            Eventually.holds(() -> operations().getLast().bytes() == 5);
        }
    }

    /** After urgent data, all bytes are read. */
    @Test
    void bytesThatCannotPassAPipeAreNoEndOfTheInput() throws Exception {
        var remote = (InetSocketAddress) relays.localAddress();
        try (var client = new Socket(remote.getAddress(), remote.getPort())) {
            var sender =
                    Call.running(() -> {
                        client.getOutputStream().write(content, 0, BYTES / 4);
                        client.sendUrgentData('!');
                        client.getOutputStream().write(content, BYTES / 4, BYTES - BYTES / 4);
                    });
            var receiver = Call.of(() -> client.getInputStream().readNBytes(BYTES));
            assertEquals(EnumSet.of(Kind.READ, Kind.WRITE), observe(receiver));
            assertArrayEquals(content, receiver.result());
            sender.result();
        }
    }
}
