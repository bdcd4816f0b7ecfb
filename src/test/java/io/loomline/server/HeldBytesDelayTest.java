package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.outbox.Outbox;
import io.loomline.outbox.OutboxOptions;
import io.loomline.probe.Call;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A server whose runtime holds too many bytes accepts nobody until it holds fewer. */
@Tag("slow") // readers and servers pause for up to a second
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class HeldBytesDelayTest extends ServerFixture {
    private static final int MESSAGE_BYTES = 1_000_000;

    /** Two incomplete messages are more than 80 %, however large their buffers are. */
    private static final int MAX_HELD_BYTES = 2_300_000;

    private final BlockingQueue<Outbox> outboxes = new LinkedBlockingQueue<>();

    @Override
    RuntimeOptions options() {
        return super.options().withMaxHeldBytes(MAX_HELD_BYTES);
    }

    private static void echo(Connection connection) throws Exception {
        connection.writeLine("welcome");
        for (byte[] message; (message = connection.readExactly(MESSAGE_BYTES)).length > 0; ) {
            connection.writeLine(message.length + "");
        }
    }

    private void serveByOutbox(Connection connection) throws Exception {
        connection.writeLine("welcome");
        var large = OutboxOptions.DEFAULT.withMaxBytes(16 * MAX_HELD_BYTES);
        try (var outbox = Outbox.of(connection, large)) {
            outboxes.add(outbox);
            connection.readLine();
        }
    }

    private static long delays(Server server) {
        return server.delays().get(AdmissionReason.HELD_BYTES);
    }

    @Test
    void incompleteMessagesDelayTheNextClientUntilTheyAreComplete() throws Exception {
        Server server = runtime.listen(anyPort(), HeldBytesDelayTest::echo);
        try (var log = new CapturedLog();
                Connection first = connect(server);
                Connection second = connect(server)) {
            assertEquals("welcome", first.readLine());
            assertEquals("welcome", second.readLine());
            first.write(new byte[950_000]);
            second.write(new byte[950_000]);
            try (Connection third = connect(server); // accepted by the present wait of the loop
                    Connection fourth = connect(server)) {
                assertEquals("welcome", third.readLine());
                Eventually.holds(() -> delays(server) > 0);
                assertFalse(server.isAccepting());
                var greeting = Call.of(fourth::readLine).awaitIn("awaitReadable");
                assertFalse(greeting.isDone());
                first.write(new byte[50_000]);
                assertEquals("1000000", first.readLine());
                assertEquals("welcome", greeting.result());
            }
            assertFalse(log.lines("expected at most 60 %").isEmpty());
        }
    }

    @Test
    void queuedMessagesOverTheBoundEndTheirConnection() throws Exception {
        Server server = runtime.listen(anyPort(), this::serveByOutbox);
        try (var _ = new CapturedLog();
                Connection reader = connect(server)) {
            assertEquals("welcome", reader.readLine());
            Outbox outbox = outboxes.take();
            byte[] message = new byte[MAX_HELD_BYTES / 16];
            int taken = 0;
            while (outbox.offer(message)) taken++; // the peer does not read
            int offered = taken;
            assertTrue(offered >= 15, () -> offered + " messages");
            assertTrue(
                    Call.of(() -> reader.readAll(64 * MAX_HELD_BYTES))
                            .failure(IOException.class)
                            .getMessage()
                            .contains("reading"));
        }
        Eventually.holds(() -> server.connectionCount() == 0);
        try (Connection next = connect(server)) { // everything was released
            assertEquals("welcome", next.readLine());
            byte[] message = new byte[MAX_HELD_BYTES / 2];
            assertTrue(outboxes.take().offer(message));
            assertEquals(message.length, next.readExactly(message.length).length);
        }
    }

    @Test
    void boundOfARunningRuntimeChanges() throws Exception {
        var e = assertThrows(IllegalArgumentException.class, () -> runtime.maxHeldBytes(0));
        assertTrue(e.getMessage().contains("maxHeldBytes 0"), e::toString);
        Server server = runtime.listen(anyPort(), HeldBytesDelayTest::echo);
        try (var _ = new CapturedLog()) {
            Connection first = connect(server);
            Connection second = connect(server);
            assertEquals("welcome", first.readLine());
            assertEquals("welcome", second.readLine());
            first.write(new byte[950_000]);
            Eventually.holds(() -> bytesRead(server) >= 950_000);
            runtime.maxHeldBytes(1_000);
            second.write(new byte[950_000]);
            Call.of(second::readLine).failure(IOException.class);
            runtime.maxHeldBytes(MAX_HELD_BYTES);
            first.write(new byte[50_000]);
            assertEquals("1000000", first.readLine());
            first.close();
            second.close();
        }
    }
}
