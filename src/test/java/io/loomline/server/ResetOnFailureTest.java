package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** What the peer of a handler that fails sees: an end, or, where that is asked for, an error. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class ResetOnFailureTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    private Runtime runtime;
    private Server server;

    @BeforeEach
    void open() {
        runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(medium.newDriver()));
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private Connection connect(boolean reset, ConnectionHandler handler) throws Exception {
        server =
                runtime.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        ServerOptions.DEFAULT.withResetOnFailure(reset),
                        handler);
        return runtime.connect(server.localAddress());
    }

    private static void failInTheMiddle(Connection connection) throws Exception {
        connection.writeLine("half an answer");
        connection.readLine(); // the peer has it
        throw new IllegalStateException("no other half");
    }

    @Test
    void truncatedAnswerEndsOrderlyByDefault() throws Exception {
        try (var _ = new CapturedLog();
                Connection client = connect(false, ResetOnFailureTest::failInTheMiddle)) {
            assertEquals("half an answer", client.readLine());
            client.writeLine("go on");
            assertEquals(null, client.readLine());
        }
    }

    @Test
    void truncatedAnswerIsResetOnRequest() throws Exception {
        try (var _ = new CapturedLog();
                Connection client = connect(true, ResetOnFailureTest::failInTheMiddle)) {
            assertEquals("half an answer", client.readLine());
            client.writeLine("go on");
            assertThrows(IOException.class, client::readLine);
        }
    }

    @Test
    void answerTruncatedByACancelIsReset() throws Exception {
        try (Connection client =
                connect(
                        true,
                        connection -> {
                            connection.writeLine("half an answer");
                            connection.readLine();
                        })) {
            assertEquals("half an answer", client.readLine());
            server.close();
            assertThrows(IOException.class, client::readLine);
        }
    }

    @Test
    void returningHandlerEndsTheConnectionOrderly() throws Exception {
        try (Connection client = connect(true, connection -> connection.writeLine("whole"))) {
            assertEquals("whole", client.readLine());
            assertEquals(null, client.readLine());
        }
    }
}
