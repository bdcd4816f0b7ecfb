package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/** Many clients at a time, limits that change meanwhile, and many addresses. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
@Tag("stress")
class AdmissionRaceTest extends ServerFixture {
    private static final int ROUNDS = 1_000;

    private static final AdmissionOptions REFUSE =
            AdmissionOptions.DEFAULT.withOverLimit(OverLimit.REFUSE).withFarewell("421 full\r\n");

    private static void greetAndEcho(Connection connection) throws Exception {
        connection.writeLine("welcome");
        for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
    }

    private Server listen(int maxConnections, AdmissionOptions admission) throws Exception {
        var options = ServerOptions.DEFAULT.withMaxConnections(maxConnections);
        return runtime.listen(
                anyPort(), options.withAdmission(admission), AdmissionRaceTest::greetAndEcho);
    }

    @Test
    void everyRefusedClientGetsTheFarewellAndAnOrderlyEnd() throws Exception {
        Server server = listen(1, REFUSE);
        try (Connection first = connect(server)) {
            assertEquals("welcome", first.readLine());
            List<Call<Boolean>> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                threads.add(Call.running(() -> beRefused(server, ROUNDS / 4)));
            }
            for (Call<Boolean> each : threads) each.result();
        }
        assertEquals(ROUNDS, server.refusals().get(AdmissionReason.CONNECTION_LIMIT));
        assertEquals(1, server.acceptedCount());
    }

    private void beRefused(Server server, int rounds) throws Exception {
        for (int i = 0; i < rounds; i++) {
            try (Connection client = connect(server)) {
                if (i % 2 == 0) client.write(new byte[1 + i]);
                assertEquals("421 full", client.readLine());
                assertNull(client.readLine());
            }
        }
    }

    @Test
    void countsReturnToZeroAfterLimitsHaveChangedUnderLoad() throws Exception {
        Server server = listen(8, REFUSE);
        var end = new AtomicBoolean();
        List<Call<Boolean>> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(
                    Call.running(() -> {
                        while (!end.get()) connectAndLeave(server);
                    }));
        }
        var random = new Random(42);
        for (int round = 0; round < ROUNDS; round++) {
            server.admission(randomOptions(random));
            server.maxConnections(1 + random.nextInt(8));
            long seen = server.acceptedCount() + server.refusedCount();
            if (round % 10 == 0)
                Eventually.holds(() -> server.acceptedCount() + server.refusedCount() > seen);
        }
        end.set(true);
        for (Call<Boolean> each : threads) each.result();
        Eventually.holds(() -> server.connectionCount() == 0);
        Eventually.holds(() -> server.origins().connections() == 0);
        server.admission(REFUSE.withMaxPerAddress(1));
        try (Connection client = connect(server)) {
            assertEquals("welcome", client.readLine());
        }
    }

    private static AdmissionOptions randomOptions(Random random) {
        AdmissionOptions options =
                REFUSE.withOverLimit(random.nextBoolean() ? OverLimit.REFUSE : OverLimit.WAIT);
        if (random.nextBoolean()) options = options.withMaxPerAddress(1 + random.nextInt(4));
        if (random.nextBoolean()) options = options.withMaxPerSubnet(1 + random.nextInt(4));
        if (random.nextInt(4) > 0) return options;
        return options.withRatePerAddress(100, Duration.ofMillis(100));
    }

    private void connectAndLeave(Server server) throws Exception {
        try (Connection client = connect(server)) {
            client.readLine();
        } catch (IOException e) {
            // some leave so early that the server closes before the handler has written
        }
    }

    @Test
    void manyAddressesAreCountedApart() throws Exception {
        assumeTrue(medium == Medium.TCP, "a loopback network belongs to a kernel");
        for (Kernel kernel : Kernel.values()) {
            try (var other = Runtime.open(RuntimeOptions.DEFAULT.withDriver(kernel.newDriver()))) {
                Server server =
                        other.listen(
                                anyPort(),
                                ServerOptions.DEFAULT.withAdmission(
                                        REFUSE.withMaxPerAddress(1)
                                                .withRatePerAddress(1, Duration.ofHours(1))),
                                AdmissionRaceTest::greetAndEcho);
                for (int i = 0; i < ROUNDS; i++) attackFrom(other, server, i);
                Eventually.holds(() -> server.connectionCount() == 0);
                assertEquals(0, server.origins().connections());
                assertEquals(ROUNDS, server.refusals().get(AdmissionReason.ADDRESS_LIMIT));
                assertEquals(ROUNDS, server.acceptedCount());
                assertTrue(server.origins().size() <= ROUNDS);
            }
        }
    }

    private static void attackFrom(Runtime runtime, Server server, int number) throws Exception {
        var from = InetAddress.ofLiteral("127.1." + number / 250 + "." + (1 + number % 250));
        var options = ConnectOptions.DEFAULT.withLocalAddress(new InetSocketAddress(from, 0));
        try (Connection client = runtime.connect(server.localAddress(), options);
                Connection second = runtime.connect(server.localAddress(), options)) {
            assertEquals("welcome", client.readLine());
            assertEquals("421 full", second.readLine());
            assertNull(second.readLine());
        }
    }
}
