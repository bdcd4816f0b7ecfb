package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;

/** A server with connections that lacks a resource: clients wait until it has it. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class AdmissionDelayTest extends ServerFixture {
    private static void greetAndEcho(Connection connection) throws Exception {
        connection.writeLine("welcome");
        for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
    }

    /** No thread starts within a nanosecond, and no process has so many descriptors. */
    private void assertDelays(AdmissionReason reason, AdmissionOptions lacking) throws Exception {
        Server server =
                runtime.listen(
                        anyPort(),
                        ServerOptions.DEFAULT.withAdmission(lacking),
                        AdmissionDelayTest::greetAndEcho);
        try (var log = new CapturedLog()) {
            Connection first = connect(server);
            Connection second = connect(server); // the lag is measured only from the first on
            try (Connection third = connect(server)) {
                assertEquals("welcome", first.readLine());
                Eventually.holds(() -> server.delays().get(reason) > 0);
                Eventually.holds(() -> !server.isAccepting());
                var greeting = Call.of(third::readLine).awaitIn("awaitReadable");
                assertFalse(greeting.isDone());
                assertFalse(log.lines("cannot accept").isEmpty());
                first.close();
                second.close();
                assertEquals("welcome", greeting.result()); // nobody else is served
            }
        }
    }

    @Test
    void lagDelaysTheNextClient() throws Exception {
        var lacking = AdmissionOptions.DEFAULT.withMaxLag(Duration.ofNanos(1));
        assertDelays(AdmissionReason.LAG, lacking);
    }

    @Test
    void descriptorsThatConnectionsNeedDelayTheNextClient() throws Exception {
        var lacking = AdmissionOptions.DEFAULT.withDescriptorsPerConnection(Integer.MAX_VALUE / 2);
        assertDelays(AdmissionReason.DESCRIPTORS, lacking);
    }
}
