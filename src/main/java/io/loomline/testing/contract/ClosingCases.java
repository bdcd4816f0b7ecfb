package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.net.Connection;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.testing.ConnectionPair;

import java.io.IOException;
import java.util.List;

/** The end of one direction and of both: its effects on each side. */
final class ClosingCases {
    private ClosingCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                over(source, "the end follows the bytes and repeats", ClosingCases::end),
                over(
                        source,
                        "the other direction works after shutdownOutput",
                        ClosingCases::reverse),
                over(source, "shutdownOutput is idempotent", ClosingCases::idempotentEnd),
                over(source, "writes throw after shutdownOutput", ClosingCases::noMoreWrites),
                over(source, "bytes written before close arrive", ClosingCases::close),
                over(
                        source,
                        "close with unread input does not reset the connection",
                        ClosingCases::unread),
                over(source, "a closed connection rejects every call", ClosingCases::closed),
                over(source, "close wakes reader and writer", ClosingCases::closeWakes),
                over(source, "abort wakes reader and writer", ClosingCases::abortWakes),
                over(
                        source,
                        "close and abort are idempotent in any order",
                        ClosingCases::idempotent));
    }

    private static void end(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start(
                "writer",
                () -> {
                    pair.first().write("last");
                    pair.first().shutdownOutput();
                });
        Expect.equal("last", pair.second().readLine(), "the line");
        for (int i = 0; i < 5; i++) {
            Expect.equal(null, pair.second().readLine(), "the line after the end");
            Expect.equal(-1, pair.second().read(new byte[1], 0, 1), "read after the end");
        }
    }

    private static void reverse(ConnectionPair pair, CaseThreads threads) throws Exception {
        pair.first().shutdownOutput();
        Expect.equal(null, pair.second().readLine(), "the end");
        threads.start("writer", () -> pair.second().write("line\n".repeat(1_000)));
        for (int i = 0; i < 1_000; i++) Expect.equal("line", pair.first().readLine(), "line " + i);
    }

    private static void idempotentEnd(ConnectionPair pair, CaseThreads threads) throws Exception {
        for (int i = 0; i < 3; i++) pair.first().shutdownOutput();
        Expect.equal(null, pair.second().readLine(), "the end");
        pair.first().shutdownOutput();
    }

    private static void noMoreWrites(ConnectionPair pair, CaseThreads threads) throws Exception {
        pair.first().shutdownOutput();
        for (int i = 0; i < 3; i++) {
            Expect.throwingVoid(
                    IOException.class, "a write after the end", () -> pair.first().write("x"));
            Expect.throwingVoid(IOException.class, "an empty write", () -> pair.first().write(""));
        }
    }

    private static void close(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start(
                "writer",
                () -> {
                    for (int i = 0; i < 100; i++) pair.first().writeLine("line " + i);
                    pair.first().close();
                });
        for (int i = 0; i < 100; i++) {
            Expect.equal("line " + i, pair.second().readLine(), "the line");
        }
        Expect.equal(null, pair.second().readLine(), "the end");
    }

    private static void unread(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("client", () -> writeUnlessClosed(pair.second(), "question\nignored\n"));
        Expect.equal("question", pair.first().readLine(), "the question");
        threads.start(
                "server",
                () -> {
                    pair.first().writeLine("answer");
                    pair.first().close();
                });
        Expect.equal("answer", pair.second().readLine(), "the answer");
        Expect.equal(null, pair.second().readLine(), "the end");
        pair.second().close(); // until then the first drains its input
    }

    private static void writeUnlessClosed(Connection connection, String text)
            throws InterruptedException {
        try {
            connection.write(text);
        } catch (IOException e) {
            // closed before everything was written
        }
    }

    private static void closed(ConnectionPair pair, CaseThreads threads) throws Exception {
        var peer = threads.start("peer", () -> pair.second().readLine());
        pair.first().close();
        requireClosed(pair.first());
        Expect.equal(null, peer.join(), "the line after the close");
        pair.second().abort();
        requireClosed(pair.second());
    }

    private static void requireClosed(Connection closed) {
        Class<ConnectionClosedException> expected = ConnectionClosedException.class;
        for (int i = 0; i < 2; i++) {
            Expect.throwingVoid(expected, "readLine", closed::readLine);
            Expect.throwingVoid(expected, "an empty read", () -> closed.read(new byte[0], 0, 0));
            Expect.throwingVoid(expected, "write", () -> closed.write("text"));
            Expect.throwingVoid(expected, "an empty write", () -> closed.write(""));
            Expect.throwingVoid(expected, "flush", closed::flush);
            Expect.throwingVoid(expected, "shutdownOutput", closed::shutdownOutput);
        }
        Expect.equal(false, closed.isOpen(), "isOpen");
    }

    private static void closeWakes(ConnectionPair pair, CaseThreads threads) throws Exception {
        requireWoken(pair, threads, pair.first()::close);
    }

    private static void abortWakes(ConnectionPair pair, CaseThreads threads) throws Exception {
        requireWoken(pair, threads, pair.first()::abort);
    }

    private static void requireWoken(
            ConnectionPair pair, CaseThreads threads, CaseThreads.Job closing) throws Exception {
        Class<ConnectionClosedException> expected = ConnectionClosedException.class;
        threads.start(
                        "reader",
                        () -> Expect.throwingVoid(expected, "readLine", pair.first()::readLine))
                .awaitWaiting();
        var writer =
                threads.start(
                        "writer",
                        () ->
                                Expect.throwingVoid(
                                        expected,
                                        "write",
                                        () -> {
                                            while (true) pair.first().write(new byte[200_000]);
                                        }));
        pair.second().readExactly(1);
        writer.awaitWaiting();
        closing.run();
        threads.joinOthers();
    }

    private static void idempotent(ConnectionPair pair, CaseThreads threads) {
        pair.first().close();
        pair.first().close();
        pair.first().abort();
        pair.second().abort();
        pair.second().close();
        pair.second().abort();
    }
}
