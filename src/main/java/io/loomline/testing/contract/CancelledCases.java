package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.net.Connection;
import io.loomline.testing.ConnectionPair;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Cancelled calls, here by an interrupt: no byte is lost and no write is sent in part. */
final class CancelledCases {
    private static final int ROUNDS = 200;
    private static final int MAX_SPINS = 3_000;
    private static final long SEED = 11;

    /** More than a kernel buffers for a peer that does not read. */
    private static final int LARGE_BYTES = 16 * 1024 * 1024;

    private CancelledCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                over(source, "calls throw if already interrupted", CancelledCases::entry),
                over(source, "an interrupted read loses no byte", CancelledCases::read),
                over(source, "racing interrupts lose no line", CancelledCases::readRace),
                over(
                        source,
                        "an interrupted write sends everything or nothing",
                        CancelledCases::writeRace),
                over(
                        source,
                        "an interrupted large write breaks the output",
                        CancelledCases::largeWrite));
    }

    private static void requireThrowsAtOnce(String what, CaseThreads.Job call) {
        Thread.currentThread().interrupt();
        Expect.throwingVoid(InterruptedException.class, what, call);
        Expect.equal(false, Thread.interrupted(), "the interrupt status after " + what);
    }

    private static void entry(ConnectionPair pair, CaseThreads threads) throws Exception {
        Connection first = pair.first();
        requireThrowsAtOnce("readLine", first::readLine);
        requireThrowsAtOnce("read", () -> first.read(new byte[1], 0, 1));
        requireThrowsAtOnce("write", () -> first.write(new byte[1]));
        requireThrowsAtOnce("writeLine", () -> first.writeLine("not written"));
        requireThrowsAtOnce("flush", first::flush);
        requireThrowsAtOnce("shutdownOutput", first::shutdownOutput);
        threads.start("writer", () -> pair.first().writeLine("usable"));
        Expect.equal("usable", pair.second().readLine(), "the line");
    }

    private static void read(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> pair.second().write("half a "));
        Expect.equal(7, pair.first().peek(7).length, "available bytes");
        for (int i = 0; i < 3; i++) {
            var reader =
                    threads.start(
                                    "reader",
                                    () -> requireInterrupted("read", pair.first()::readLine))
                            .awaitWaiting();
            reader.thread().interrupt();
            reader.join();
        }
        threads.start("writer", () -> pair.second().writeLine("line"));
        Expect.equal("half a line", pair.first().readLine(), "the line");
    }

    private static void requireInterrupted(String what, CaseThreads.Job call) {
        Expect.throwingVoid(InterruptedException.class, "an interrupted " + what, call);
    }

    private static void readRace(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start(
                "writer",
                () -> {
                    for (int i = 0; i < ROUNDS; i++) pair.second().writeLine("line " + i);
                });
        var reader = threads.start("reader", () -> readDespiteInterrupts(pair.first()));
        var random = new Random(SEED);
        while (reader.thread().isAlive()) {
            CaseThreads.spin(random.nextInt(MAX_SPINS));
            reader.thread().interrupt();
            CaseThreads.letOthersRun();
        }
        reader.join();
    }

    private static void readDespiteInterrupts(Connection connection) throws IOException {
        for (int i = 0; i < ROUNDS; ) {
            try {
                Expect.equal("line " + i, connection.readLine(), "the line");
                i++;
            } catch (InterruptedException e) {
                // the next call reads the same line
            }
        }
    }

    private static void writeRace(ConnectionPair pair, CaseThreads threads) throws Exception {
        var peer = threads.start("peer", () -> readLines(pair.second()));
        var random = new Random(SEED);
        List<String> returned = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            String line = i + " " + "x".repeat(random.nextInt(2_000));
            var writer = threads.start("writer", () -> isWritten(pair.first(), line));
            CaseThreads.spin(random.nextInt(MAX_SPINS));
            writer.thread().interrupt();
            if (writer.join()) returned.add(line);
        }
        pair.first().shutdownOutput();
        Expect.equal(returned, peer.join(), "the received lines");
    }

    private static boolean isWritten(Connection connection, String line) throws IOException {
        try {
            connection.writeLine(line);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private static List<String> readLines(Connection from) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line; (line = from.readLine()) != null; ) lines.add(line);
        return lines;
    }

    private static void largeWrite(ConnectionPair pair, CaseThreads threads) throws Exception {
        var large = new byte[LARGE_BYTES];
        var writer =
                threads.start(
                        "writer",
                        () -> requireInterrupted("write", () -> pair.first().write(large)));
        pair.second().readExactly(1);
        writer.awaitWaiting().thread().interrupt();
        writer.join();
        for (int i = 0; i < 2; i++) {
            Expect.throwingVoid(
                    IOException.class, "a later write", () -> pair.first().write(new byte[1]));
        }
    }
}
