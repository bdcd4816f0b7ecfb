package io.loomline.testing.contract;

import io.loomline.net.Connection;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.testing.ConnectionPair;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.Random;

/** Reads, writes, ends, closes and aborts from several threads at once: every call comes back. */
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
                CaseThreads.over(source, "close races everything", cases::closeRace),
                CaseThreads.over(source, "abort races everything", cases::abortRace),
                CaseThreads.over(source, "two closes race", cases::twoCloses),
                CaseThreads.over(source, "close races an end", cases::endRace));
    }

    private interface Closing {
        void close(Connection connection);
    }

    private void closeRace(ConnectionPair unused, CaseThreads crew) throws Exception {
        race(crew, Connection::close);
    }

    private void abortRace(ConnectionPair unused, CaseThreads crew) throws Exception {
        race(crew, Connection::abort);
    }

    /** An own close is never an end of the input, nor a loss. */
    private void race(CaseThreads crew, Closing closing) throws Exception {
        var random = new Random(SEED);
        for (int i = 0; i < ROUNDS; i++) {
            ConnectionPair pair = source.open();
            try {
                crew.start("peer reads", () -> readToEndAndEnd(pair.second()));
                crew.start("peer writes", () -> writeOn(pair.second()));
                crew.start("reader", () -> requireClosed(() -> readToEnd(pair.first())));
                crew.start("writer", () -> requireClosed(() -> writeOn(pair.first())));
                crew.start("flusher", () -> requireClosed(() -> flushOn(pair.first())));
                CaseThreads.spin(random.nextInt(MAX_SPINS));
                closing.close(pair.first());
                crew.joinOthers();
            } finally {
                pair.first().abort();
                pair.second().abort();
            }
        }
    }

    private interface Talk {
        @Nullable IOException run() throws Exception;
    }

    private static void requireClosed(Talk talk) throws Exception {
        IOException end = talk.run();
        if (end instanceof ConnectionClosedException) return;
        throw new AssertionError("expected ConnectionClosedException, but was " + end, end);
    }

    /** What ended it; null for the end of the input. */
    private static @Nullable IOException readToEnd(Connection connection) throws Exception {
        try {
            while (connection.readLine() != null) {}
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    /** As peers do who are left; otherwise each close would wait for what is still to come. */
    private static void readToEndAndEnd(Connection connection) throws Exception {
        var _ = readToEnd(connection);
        try {
            connection.shutdownOutput();
        } catch (IOException e) {
            // it is lost, or was closed meanwhile
        }
    }

    private static IOException writeOn(Connection connection) throws Exception {
        try {
            while (true) {
                for (int i = 0; i < 10; i++) connection.writeLine("line " + i);
                connection.write("large".repeat(1_000) + "\n");
            }
        } catch (IOException e) {
            return e;
        }
    }

    private static IOException flushOn(Connection connection) throws Exception {
        try {
            while (true) {
                connection.flush();
                CaseThreads.letOthersRun();
            }
        } catch (IOException e) {
            return e;
        }
    }

    private void twoCloses(ConnectionPair unused, CaseThreads crew) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            ConnectionPair pair = source.open();
            for (Connection each : List.of(pair.first(), pair.first(), pair.second())) {
                crew.start("closer", each::close);
            }
            crew.joinOthers();
        }
    }

    /** Lines that were written before either are all there. */
    private void endRace(ConnectionPair unused, CaseThreads crew) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            ConnectionPair pair = source.open();
            crew.start(
                    "writer",
                    () -> {
                        pair.first().write("line\n".repeat(100));
                        crew.start("ending", () -> endUnlessClosed(pair.first()));
                        pair.first().close();
                    });
            for (int line = 0; line < 100; line++) {
                Expect.equal("line", pair.second().readLine(), "line " + line);
            }
            Expect.equal(null, pair.second().readLine(), "the end");
            pair.second().close();
            crew.joinOthers();
        }
    }

    private static void endUnlessClosed(Connection connection) throws Exception {
        try {
            connection.shutdownOutput();
        } catch (ConnectionClosedException e) {
            // the close was first
        }
    }
}
