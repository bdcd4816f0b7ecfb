package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.task.Deadline;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeoutException;

/** Cancels race the data: in the end, all bytes sent have been read once. */
@ParameterizedClass
@EnumSource(Medium.class)
class CancelRaceTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    /** Enough for a cancel to arrive at each step of a read. */
    private static final int READS = 300;

    private static final int MOST_RACES = 20;

    @Parameter Medium medium;

    private final Random random = new Random(7);
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private int cuts;

    /** A read of a random kind. Returns the number of bytes, or -1 at the end. */
    private interface Attempt {
        byte[] read(Connection connection) throws Exception;
    }

    @Test
    void cancelledReadsLoseNothing() throws Exception {
        race(READS, this::readInACancelledTask);
    }

    @Test
    @Tag("stress")
    void cancelledReadsLoseNothingInManyRounds() throws Exception {
        race(50 * READS, this::readInACancelledTask);
    }

    @Test
    void readsCutByDeadlinesLoseNothing() throws Exception {
        race(READS, this::readUnderADeadline);
    }

    /**
     * Repeats the race until a read was cut, which is rare if all bytes arrive before the first.
     */
    private void race(int reads, Attempt attempt) throws Exception {
        for (int races = 0; cuts == 0; races++) {
            assertTrue(races < MOST_RACES, "no read was cut: the race was none");
            raceOnce(reads, attempt);
        }
    }

    private void raceOnce(int reads, Attempt attempt) throws Exception {
        received.reset();
        byte[] sent = randomLines(reads);
        try (Link link = medium.open()) {
            var peer = link.feed(sent, 1 + random.nextInt(9));
            while (received.size() < sent.length) {
                byte[] bytes = attempt.read(link.here());
                received.write(bytes);
                if (bytes.length == 0) cuts++;
            }
            peer.result();
        }
        assertArrayEquals(sent, received.toByteArray());
    }

    private byte[] readInACancelledTask(Connection connection) throws Exception {
        int kind = random.nextInt(3);
        var call = Call.of(() -> readSomething(connection, kind));
        spin(random.nextInt(2_000));
        call.cancel();
        return call.wasCancelled() ? new byte[0] : call.result();
    }

    private byte[] readUnderADeadline(Connection connection) throws Exception {
        int kind = random.nextInt(3);
        var deadline = Deadline.after(Duration.ofNanos(1 + random.nextInt(20_000)));
        try {
            return deadline.call(() -> readSomething(connection, kind));
        } catch (TimeoutException e) {
            return new byte[0];
        }
    }

    /**
     * Reads at least one byte: the input ends with a line, and no length reaches beyond the end.
     */
    private static byte[] readSomething(Connection connection, int kind) throws Exception {
        return switch (kind) {
            case 0 -> (connection.readLine() + "\n").getBytes(StandardCharsets.UTF_8);
            case 1 -> connection.readExactly(1);
            default -> {
                byte[] target = new byte[5];
                yield Arrays.copyOf(target, connection.read(target, 0, target.length));
            }
        };
    }

    private byte[] randomLines(int count) {
        var lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append("abcdefghijklmnop", 0, random.nextInt(16)).append('\n');
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void spin(int turns) {
        for (int i = 0; i < turns; i++) Thread.onSpinWait();
    }
}
