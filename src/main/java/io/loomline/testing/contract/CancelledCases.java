package io.loomline.testing.contract;

import io.loomline.net.Connection;
import io.loomline.testing.ConnectionPair;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Calls that are cut, here by interrupts: nothing is lost, and nothing is half done. */
final class CancelledCases {
    private static final int ROUNDS = 200;
    private static final int MAX_SPINS = 3_000;
    private static final long SEED = 11;

    /** More than kernels hold for a peer that does not read. */
    private static final int LARGE_BYTES = 16 * 1024 * 1024;

    private CancelledCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                CaseThreads.over(source, "calls are cut on entry", CancelledCases::entry),
                CaseThreads.over(
                        source, "a read that was cut has lost no byte", CancelledCases::read),
                CaseThreads.over(source, "cuts race reads of lines", CancelledCases::readRace),
                CaseThreads.over(
                        source, "a write is taken whole or not at all", CancelledCases::writeRace),
                CaseThreads.over(
                        source,
                        "a large write that was cut breaks it",
                        CancelledCases::largeWrite));
    }

    private static void requireCut(String what, CaseThreads.Job call) {
        Thread.currentThread().interrupt();
        Expect.throwing(
                InterruptedException.class,
                what,
                () -> {
                    call.run();
                    return "nothing";
                });
        Expect.equal(false, Thread.interrupted(), "the interrupt status after " + what);
    }

    private static void entry(ConnectionPair pair, CaseThreads crew) throws Exception {
        Connection cut = pair.first();
        requireCut("readLine", cut::readLine);
        requireCut("read", () -> cut.read(new byte[1], 0, 1));
        requireCut("write", () -> cut.write(new byte[1]));
        requireCut("writeLine", () -> cut.writeLine("not written"));
        requireCut("flush", cut::flush);
        requireCut("shutdownOutput", cut::shutdownOutput);
        crew.start("writer", () -> pair.first().writeLine("usable"));
        Expect.equal("usable", pair.second().readLine(), "the line");
    }

    private static void read(ConnectionPair pair, CaseThreads crew) throws Exception {
        crew.start("writer", () -> pair.second().write("half a "));
        Expect.equal(7, pair.first().peek(7).length, "bytes that are there");
        for (int i = 0; i < 3; i++) {
            var reader =
                    crew.start("reader", () -> requireThrown("read", pair.first()::readLine))
                            .awaitWaiting();
            reader.thread().interrupt();
            reader.join();
        }
        crew.start("writer", () -> pair.second().writeLine("line"));
        Expect.equal("half a line", pair.first().readLine(), "the line");
    }

    private static void requireThrown(String what, Expect.Call call) {
        Expect.throwing(InterruptedException.class, "a " + what + " that was cut", call);
    }

    private static void readRace(ConnectionPair pair, CaseThreads crew) throws Exception {
        crew.start(
                "writer",
                () -> {
                    for (int i = 0; i < ROUNDS; i++) pair.second().writeLine("line " + i);
                });
        var reader = crew.start("reader", () -> readInSpite(pair.first()));
        var random = new Random(SEED);
        while (reader.thread().isAlive()) {
            CaseThreads.spin(random.nextInt(MAX_SPINS));
            reader.thread().interrupt();
            CaseThreads.letOthersRun();
        }
        reader.join();
    }

    private static void readInSpite(Connection connection) throws IOException {
        for (int i = 0; i < ROUNDS; ) {
            try {
                Expect.equal("line " + i, connection.readLine(), "the line");
                i++;
            } catch (InterruptedException e) {
                // again: nothing was taken
            }
        }
    }

    private static void writeRace(ConnectionPair pair, CaseThreads crew) throws Exception {
        var peer = crew.start("peer", () -> readLines(pair.second()));
        var random = new Random(SEED);
        List<String> returned = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            String line = i + " " + "x".repeat(random.nextInt(2_000));
            var writer = crew.start("writer", () -> isWritten(pair.first(), line));
            CaseThreads.spin(random.nextInt(MAX_SPINS));
            writer.thread().interrupt();
            if (writer.join()) returned.add(line);
        }
        pair.first().shutdownOutput();
        Expect.equal(returned, peer.join(), "the lines that arrived");
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

    private static void largeWrite(ConnectionPair pair, CaseThreads crew) throws Exception {
        var large = new byte[LARGE_BYTES];
        var writer = crew.start("writer", () -> requireThrown("write", () -> write(pair, large)));
        pair.second().readExactly(1);
        writer.awaitWaiting().thread().interrupt();
        writer.join();
        for (int i = 0; i < 2; i++) {
            Expect.throwing(IOException.class, "a write after it", () -> write(pair, new byte[1]));
        }
    }

    private static Object write(ConnectionPair pair, byte... bytes) throws Exception {
        pair.first().write(bytes);
        return "nothing";
    }
}
