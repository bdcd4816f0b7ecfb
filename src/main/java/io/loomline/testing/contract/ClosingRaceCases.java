package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.net.Connection;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.testing.ConnectionPair;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.Random;

/** Reads, writes, closes and aborts by several threads at once: every call returns. */
final class ClosingRaceCases {
    private static final int ROUNDS = 60;
    private static final int MAX_SPINS = 4_000;
    private static final long SEED = 5;

    private final ConnectionPair.Source source;

    private ClosingRaceCases(ConnectionPair.Source source) {
        this.source = source;
    }

    static List<ContractCase> of(ConnectionPair.Source source) {
        var cases = new ClosingRaceCases(source);
        return List.of(
                over(source, "close ends racing calls", cases::closeRace),
                over(source, "abort ends racing calls", cases::abortRace),
                over(source, "two closes can race", cases::twoCloses),
                over(source, "close can race shutdownOutput", cases::endRace));
    }

    private interface Closing {
        void close(Connection connection);
    }

    private void closeRace(ConnectionPair unused, CaseThreads threads) throws Exception {
        race(threads, Connection::close);
    }

    private void abortRace(ConnectionPair unused, CaseThreads threads) throws Exception {
        race(threads, Connection::abort);
    }

    /** A local close is never reported as the end of the input or as an error of the peer. */
    private void race(CaseThreads threads, Closing closing) throws Exception {
        var random = new Random(SEED);
        for (int i = 0; i < ROUNDS; i++) {
            ConnectionPair pair = source.open();
            try {
                threads.start("peer reads", () -> readToEndAndShutDown(pair.second()));
                threads.start("peer writes", () -> writeUntilFailure(pair.second()));
                threads.start("reader", () -> requireClosed(() -> readToEnd(pair.first())));
                threads.start("writer", () -> requireClosed(() -> writeUntilFailure(pair.first())));
                threads.start(
                        "flusher", () -> requireClosed(() -> flushUntilFailure(pair.first())));
                CaseThreads.spin(random.nextInt(MAX_SPINS));
                closing.close(pair.first());
                threads.joinOthers();
            } finally {
                pair.first().abort();
                pair.second().abort();
            }
        }
    }

    private interface Calls {
        @Nullable IOException run() throws Exception;
    }

    private static void requireClosed(Calls calls) throws Exception {
        IOException end = calls.run();
        if (end instanceof ConnectionClosedException) return;
        throw new AssertionError("expected ConnectionClosedException, but was " + end, end);
    }

    /** Returns the exception that ended the reads, or null at the end of the input. */
    private static @Nullable IOException readToEnd(Connection connection) throws Exception {
        try {
            while (connection.readLine() != null) {}
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    /** As a peer does after the end. Otherwise each close would wait for more input. */
    private static void readToEndAndShutDown(Connection connection) throws Exception {
        var _ = readToEnd(connection);
        try {
            connection.shutdownOutput();
        } catch (IOException e) {
            // aborted or closed in the meantime
        }
    }

    private static IOException writeUntilFailure(Connection connection) throws Exception {
        try {
            while (true) {
                for (int i = 0; i < 10; i++) connection.writeLine("line " + i);
                connection.write("large".repeat(1_000) + "\n");
            }
        } catch (IOException e) {
            return e;
        }
    }

    private static IOException flushUntilFailure(Connection connection) throws Exception {
        try {
            while (true) {
                connection.flush();
                CaseThreads.letOthersRun();
            }
        } catch (IOException e) {
            return e;
        }
    }

    private void twoCloses(ConnectionPair unused, CaseThreads threads) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            ConnectionPair pair = source.open();
            for (Connection each : List.of(pair.first(), pair.first(), pair.second())) {
                threads.start("closer", each::close);
            }
            threads.joinOthers();
        }
    }

    /** Lines written before both calls all arrive. */
    private void endRace(ConnectionPair unused, CaseThreads threads) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            ConnectionPair pair = source.open();
            threads.start(
                    "writer",
                    () -> {
                        pair.first().write("line\n".repeat(100));
                        threads.start("shutdownOutput", () -> shutDownUnlessClosed(pair.first()));
                        pair.first().close();
                    });
            for (int line = 0; line < 100; line++) {
                Expect.equal("line", pair.second().readLine(), "line " + line);
            }
            Expect.equal(null, pair.second().readLine(), "the end");
            pair.second().close();
            threads.joinOthers();
        }
    }

    private static void shutDownUnlessClosed(Connection connection) throws Exception {
        try {
            connection.shutdownOutput();
        } catch (ConnectionClosedException e) {
            // the close came first
        }
    }
}
