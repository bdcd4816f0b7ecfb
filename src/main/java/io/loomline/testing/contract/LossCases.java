package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.net.Connection;
import io.loomline.testing.ConnectionPair;

import java.io.IOException;
import java.util.List;

/** Lost bytes: the peer gets an error, never a normal end. */
final class LossCases {
    /** More than a kernel buffers for a peer that does not read. */
    private static final int LARGE_BYTES = 16 * 1024 * 1024;

    private LossCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                over(source, "the peer of an abort gets an error", LossCases::abort),
                over(
                        source,
                        "lines sent before an abort arrive before the error",
                        LossCases::linesThenError),
                over(
                        source,
                        "the peer of an interrupted write gets an error",
                        LossCases::interruptedWrite));
    }

    private static void abort(ConnectionPair pair, CaseThreads threads) throws Exception {
        var reader =
                threads.start(
                                "reader",
                                () ->
                                        Expect.throwingVoid(
                                                IOException.class,
                                                "readLine",
                                                pair.second()::readLine))
                        .awaitWaiting();
        pair.first().abort();
        reader.join();
        Expect.throwingVoid(
                IOException.class,
                "writes",
                () -> {
                    while (true) pair.second().write(new byte[1_000]);
                });
        Expect.equal(true, pair.second().isOpen(), "isOpen of the peer");
    }

    /** The peer reads neither half a line nor an end. */
    private static void linesThenError(ConnectionPair pair, CaseThreads threads) throws Exception {
        var reader = threads.start("reader", () -> readLinesToFailure(pair.second()));
        for (int i = 0; i < 20; i++) pair.first().writeLine("line " + i);
        pair.first().write("half a li");
        pair.first().abort();
        reader.join();
    }

    private static void readLinesToFailure(Connection connection) throws InterruptedException {
        try {
            for (int i = 0; ; i++) Expect.equal("line " + i, connection.readLine(), "the line");
        } catch (IOException e) {
            // expected
        }
    }

    private static void interruptedWrite(ConnectionPair pair, CaseThreads threads)
            throws Exception {
        var writer =
                threads.start(
                        "writer",
                        () ->
                                Expect.throwingVoid(
                                        InterruptedException.class,
                                        "an interrupted write",
                                        () -> pair.first().write(new byte[LARGE_BYTES])));
        pair.second().readExactly(1);
        writer.awaitWaiting().thread().interrupt();
        writer.join();
        threads.start("reader", () -> readToFailure(pair.second()));
        pair.first().close();
    }

    /** The peer must not mistake a part for the whole. */
    private static void readToFailure(Connection from) {
        Expect.throwing(
                IOException.class,
                "a read after the interrupted write",
                () -> {
                    byte[] target = new byte[64 * 1024];
                    while (from.read(target, 0, target.length) >= 0) {}
                    return "the end";
                });
    }
}
