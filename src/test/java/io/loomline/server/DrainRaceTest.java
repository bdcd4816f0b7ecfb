package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The drain begins while lines arrive: each is answered, or its client gets an orderly end. */
@ParameterizedClass
@EnumSource
class DrainRaceTest extends DrainFixture {
    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final int CLIENTS = 8;

    private final Random random = new Random();

    @Test
    void noAnswerIsLost() throws Exception {
        for (int round = 0; round < 3; round++) raceOnce();
    }

    @Tag("stress")
    @RepeatedTest(10)
    void noAnswerIsLostInManyRounds() throws Exception {
        for (int round = 0; round < 50; round++) raceOnce();
    }

    private void raceOnce() throws Exception {
        answered.set(0);
        open(SystemClock.INSTANCE);
        try {
            List<Connection> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) clients.add(connectAndExchange());
            List<Call<Integer>> talking = new ArrayList<>();
            for (Connection client : clients) talking.add(Call.of(() -> talk(client)));
            spin(random.nextInt(200_000));
            ShutdownReport report = server.shutdown(GRACE);
            int received = CLIENTS; // of the first exchange
            for (Call<Integer> each : talking) received += each.result();
            assertEquals(answered.get(), received, report::toString);
            assertEquals(CLIENTS, report.finished(), report::toString);
            assertEquals(CLIENTS, report.notified(), report::toString);
        } finally {
            close();
        }
    }

    /** Sends lines until the server ends. Returns how many were answered; a reset fails. */
    private static int talk(Connection client) throws Exception {
        try (client) {
            int sent = 0;
            while (true) {
                client.writeLine("line " + sent);
                String answer = client.requireLine();
                if (answer.equals("bye")) {
                    assertEquals(null, client.readLine());
                    return sent;
                }
                assertEquals("line " + sent++, answer);
            }
        }
    }

    private static void spin(int rounds) {
        for (int i = 0; i < rounds; i++) Thread.onSpinWait();
    }
}
