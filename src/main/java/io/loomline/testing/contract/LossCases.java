package io.loomline.testing.contract;

import io.loomline.net.Connection;
import io.loomline.testing.ConnectionPair;

import java.io.IOException;
import java.util.List;

/** Losses: the peer sees that it did not get all. */
final class LossCases {
    /** More than kernels hold for a peer that does not read. */
    private static final int LARGE_BYTES = 16 * 1024 * 1024;

    private LossCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                CaseThreads.over(source, "abort is a loss for the peer", LossCases::abort),
                CaseThreads.over(source, "lines come before the loss", LossCases::linesThenLoss),
                CaseThreads.over(source, "a write that was cut is no end", LossCases::cutWrite));
    }

    private static void requireThrown(String what, CaseThreads.Job call) {
        Expect.throwing(
                IOException.class,
                what,
                () -> {
                    call.run();
                    return "nothing";
                });
    }

    private static void abort(ConnectionPair pair, CaseThreads crew) throws Exception {
        var reader =
                crew.start("reader", () -> requireThrown("readLine", pair.second()::readLine))
                        .awaitWaiting();
        pair.first().abort();
        reader.join();
        requireThrown(
                "writes",
                () -> {
                    while (true) pair.second().write(new byte[1_000]);
                });
        Expect.equal(true, pair.second().isOpen(), "whether the peer is open");
    }

    /** No half of a line, and no end where there was none. */
    private static void linesThenLoss(ConnectionPair pair, CaseThreads crew) throws Exception {
        var reader = crew.start("reader", () -> readLinesToLoss(pair.second()));
        for (int i = 0; i < 20; i++) pair.first().writeLine("line " + i);
        pair.first().write("half a li");
        pair.first().abort();
        reader.join();
    }

    private static void readLinesToLoss(Connection connection) throws InterruptedException {
        try {
            for (int i = 0; ; i++) Expect.equal("line " + i, connection.readLine(), "the line");
        } catch (IOException e) {
            // the loss
        }
    }

    private static void cutWrite(ConnectionPair pair, CaseThreads crew) throws Exception {
        var writer =
                crew.start(
                        "writer",
                        () ->
                                Expect.throwing(
                                        InterruptedException.class,
                                        "a write that was cut",
                                        () -> {
                                            pair.first().write(new byte[LARGE_BYTES]);
                                            return "nothing";
                                        }));
        pair.second().readExactly(1);
        writer.awaitWaiting().thread().interrupt();
        writer.join();
        crew.start("reader", () -> readToFailure(pair.second()));
        pair.first().close();
    }

    /** The peer must not take a part for the whole. */
    private static void readToFailure(Connection from) {
        Expect.throwing(
                IOException.class,
                "the end of what was cut",
                () -> {
                    byte[] target = new byte[64 * 1024];
                    while (from.read(target, 0, target.length) >= 0) {}
                    return "the end";
                });
    }
}
