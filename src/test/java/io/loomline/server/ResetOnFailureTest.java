package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.CapturedLog;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;

/** The peer of a failed handler sees an orderly end or, on request, an error. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class ResetOnFailureTest extends ServerFixture {
    private Server server;

    private Connection connect(boolean reset, ConnectionHandler handler) throws Exception {
        server =
                runtime.listen(anyPort(), ServerOptions.DEFAULT.withResetOnFailure(reset), handler);
        return runtime.connect(server.localAddress());
    }

    private static void failInTheMiddle(Connection connection) throws Exception {
        connection.writeLine("half an answer");
        connection.readLine(); // the peer has received the line
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
