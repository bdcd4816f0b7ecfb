package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.task.Deadline;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * All kinds of calls at once on one connection: reads, writes, cancels, deadlines, timeouts, ends,
 * and finally a close or an abort. Every call returns, and the peer reads whole lines in order.
 */
@ParameterizedClass
@EnumSource(mode = Mode.EXCLUDE, names = "ONE_BYTE") // so little at a time would take long
class ConnectionRaceTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int ROUNDS = 25;
    private static final int WRITERS = 3;

    @Parameter Medium medium;

    private final Random random = new Random(8);

    @Test
    void everyCallReturnsAndLinesStayWhole() throws Exception {
        for (int i = 0; i < ROUNDS; i++) race(random.nextInt(6));
    }

    @Test
    @Tag("stress")
    void everyCallReturnsAndLinesStayWholeInThousandsOfRounds() throws Exception {
        for (int i = 0; i < 4_000; i++) race(random.nextInt(6));
    }

    private void race(int kind) throws Exception {
        try (Link link = medium.open()) {
            Connection here = link.here();
            here.limits(
                    Limits.DEFAULT.withReadTimeout(
                            Duration.ofNanos(1 + random.nextInt(1_000_000))));
            List<Call<Boolean>> calls = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                char letter = (char) ('a' + i);
                calls.add(Call.running(() -> writeOn(here, letter)));
            }
            calls.add(Call.running(() -> readOn(here)));
            calls.add(Call.running(() -> flushOn(here)));
            var peer = Call.of(() -> readLines(link.there()));
            int talkLines = kind < 3 ? 50_000 : 0;
            var talking = Call.running(() -> talk(link.there(), talkLines));
            disturb(calls, kind);
            end(here, kind);
            for (var call : calls) call.awaitEnd();
            // bytes that arrive after the close make the kernel reset the connection
            requireInOrder(peer.result(), talkLines == 0);
            talking.awaitEnd();
        }
    }

    private void disturb(List<Call<Boolean>> calls, int kind) {
        for (int i = random.nextInt(5); i >= 0; i--) {
            for (int spins = random.nextInt(20_000); spins > 0; spins--) Thread.onSpinWait();
            if (kind % 2 == 0) calls.get(random.nextInt(calls.size())).cancel();
        }
    }

    private static void end(Connection here, int kind) throws Exception {
        if (kind == 0) {
            here.abort();
            return;
        }
        if (kind == 1) {
            var ending = Call.running(here::shutdownOutput);
            here.close();
            ending.awaitEnd();
        }
        here.close();
    }

    /** Writes lines with the writer's letter and a number, until the close or a cancel. */
    private static void writeOn(Connection connection, char letter) throws Exception {
        var random = new Random(letter);
        try {
            for (int i = 0; ; i++) {
                String line = letter + " " + i + " " + "x".repeat(random.nextInt(3_000));
                if (i % 7 == 0) writeInTime(connection, line);
                else connection.writeLine(line);
            }
        } catch (ConnectionClosedException e) {
            // closed
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("was shut down"), e::toString);
        }
    }

    private static void writeInTime(Connection connection, String line)
            throws IOException, InterruptedException {
        while (true) {
            try {
                Deadline.after(Duration.ofMillis(1)).run(() -> connection.writeLine(line));
                return;
            } catch (TimeoutException e) {
                // nothing was written
            }
        }
    }

    /** The read timeout expires repeatedly. */
    private static void readOn(Connection connection) throws Exception {
        long next = 0;
        while (true) {
            try {
                String line = connection.readLine();
                if (line == null) return; // the peer has ended its output after its input ended
                assertEquals("talk " + next++, line);
            } catch (SocketTimeoutException e) {
                // no byte is lost
            } catch (ConnectionClosedException e) {
                return;
            }
        }
    }

    private static void flushOn(Connection connection) throws Exception {
        try {
            while (true) {
                connection.flush();
                LockSupport.parkNanos(50_000);
            }
        } catch (IOException e) {
            // closed
        }
    }

    private static void talk(Connection connection, int lines) throws Exception {
        try {
            for (int i = 0; i < lines; i++) connection.writeLine("talk " + i);
        } catch (IOException e) {
            // the connection is lost
        }
    }

    private record Read(List<String> lines, IOException loss) {}

    private static Read readLines(Connection connection) throws Exception {
        List<String> lines = new ArrayList<>();
        try {
            for (String line; (line = connection.readLine()) != null; ) lines.add(line);
            return new Read(lines, null);
        } catch (IOException e) {
            return new Read(lines, e);
        } finally {
            connection.abort();
        }
    }

    private static void requireInOrder(Read read, boolean mustEnd) {
        int[] next = new int[WRITERS];
        for (String line : read.lines) {
            String[] parts = line.split(" ", 3);
            assertEquals(3, parts.length, () -> "a part of a line: " + line);
            int writer = parts[0].charAt(0) - 'a';
            assertEquals(next[writer]++, Integer.parseInt(parts[1]), line);
            assertTrue(parts[2].chars().allMatch(c -> c == 'x'), () -> "mixed: " + line);
        }
        if (mustEnd && read.loss != null) {
            throw new AssertionError("expected an end, not a loss", read.loss);
        }
    }
}
