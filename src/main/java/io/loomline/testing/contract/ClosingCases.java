package io.loomline.testing.contract;

import io.loomline.net.Connection;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.testing.ConnectionPair;

import java.io.IOException;
import java.util.List;

/** Ends of one direction, and of both: what each side sees of them. */
final class ClosingCases {
    private ClosingCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                CaseThreads.over(
                        source, "the end comes after the bytes, and stays", ClosingCases::end),
                CaseThreads.over(
                        source, "after one end the reverse carries", ClosingCases::reverse),
                CaseThreads.over(source, "ending twice is ending once", ClosingCases::endTwice),
                CaseThreads.over(source, "no writes after the end", ClosingCases::noMoreWrites),
                CaseThreads.over(
                        source, "what was written before close arrives", ClosingCases::close),
                CaseThreads.over(
                        source, "close with unread input resets nothing", ClosingCases::unread),
                CaseThreads.over(
                        source, "a closed connection refuses everything", ClosingCases::refuses),
                CaseThreads.over(source, "close wakes reader and writer", ClosingCases::closeWakes),
                CaseThreads.over(source, "abort wakes reader and writer", ClosingCases::abortWakes),
                CaseThreads.over(
                        source, "close after abort, abort after close", ClosingCases::twice));
    }

    private static Object nothing(CaseThreads.Job call) throws Exception {
        call.run();
        return "nothing";
    }

    private static void requireThrown(
            Class<? extends Exception> expected, String what, CaseThreads.Job call) {
        Expect.throwing(expected, what, () -> nothing(call));
    }

    private static void end(ConnectionPair pair, CaseThreads crew) throws Exception {
        crew.start(
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

    private static void reverse(ConnectionPair pair, CaseThreads crew) throws Exception {
        pair.first().shutdownOutput();
        Expect.equal(null, pair.second().readLine(), "the end");
        crew.start("writer", () -> pair.second().write("line\n".repeat(1_000)));
        for (int i = 0; i < 1_000; i++) Expect.equal("line", pair.first().readLine(), "line " + i);
    }

    private static void endTwice(ConnectionPair pair, CaseThreads crew) throws Exception {
        for (int i = 0; i < 3; i++) pair.first().shutdownOutput();
        Expect.equal(null, pair.second().readLine(), "the end");
        pair.first().shutdownOutput();
    }

    private static void noMoreWrites(ConnectionPair pair, CaseThreads crew) throws Exception {
        pair.first().shutdownOutput();
        for (int i = 0; i < 3; i++) {
            requireThrown(
                    IOException.class, "a write after the end", () -> pair.first().write("x"));
            requireThrown(IOException.class, "an empty write", () -> pair.first().write(""));
        }
    }

    private static void close(ConnectionPair pair, CaseThreads crew) throws Exception {
        crew.start(
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

    private static void unread(ConnectionPair pair, CaseThreads crew) throws Exception {
        crew.start("asking", () -> writeUnlessLost(pair.second(), "question\nignored\n"));
        Expect.equal("question", pair.first().readLine(), "the question");
        crew.start(
                "answering",
                () -> {
                    pair.first().writeLine("answer");
                    pair.first().close();
                });
        Expect.equal("answer", pair.second().readLine(), "the answer");
        Expect.equal(null, pair.second().readLine(), "the end");
        pair.second().close(); // until then the first takes in what comes
    }

    private static void writeUnlessLost(Connection connection, String text)
            throws InterruptedException {
        try {
            connection.write(text);
        } catch (IOException e) {
            // closed before all of it was taken
        }
    }

    private static void refuses(ConnectionPair pair, CaseThreads crew) throws Exception {
        pair.first().close();
        requireClosed(pair.first());
        pair.second().abort();
        requireClosed(pair.second());
    }

    private static void requireClosed(Connection closed) {
        Class<ConnectionClosedException> expected = ConnectionClosedException.class;
        for (int i = 0; i < 2; i++) {
            requireThrown(expected, "readLine", closed::readLine);
            requireThrown(expected, "an empty read", () -> closed.read(new byte[0], 0, 0));
            requireThrown(expected, "write", () -> closed.write("text"));
            requireThrown(expected, "an empty write", () -> closed.write(""));
            requireThrown(expected, "flush", closed::flush);
            requireThrown(expected, "shutdownOutput", closed::shutdownOutput);
        }
        Expect.equal(false, closed.isOpen(), "whether it is open");
    }

    private static void closeWakes(ConnectionPair pair, CaseThreads crew) throws Exception {
        requireWoken(pair, crew, pair.first()::close);
    }

    private static void abortWakes(ConnectionPair pair, CaseThreads crew) throws Exception {
        requireWoken(pair, crew, pair.first()::abort);
    }

    private static void requireWoken(ConnectionPair pair, CaseThreads crew, CaseThreads.Job closing)
            throws Exception {
        Class<ConnectionClosedException> expected = ConnectionClosedException.class;
        crew.start("reader", () -> requireThrown(expected, "readLine", pair.first()::readLine))
                .awaitWaiting();
        var writer =
                crew.start(
                        "writer",
                        () ->
                                requireThrown(
                                        expected,
                                        "write",
                                        () -> {
                                            while (true) pair.first().write(new byte[200_000]);
                                        }));
        pair.second().readExactly(1);
        writer.awaitWaiting();
        closing.run();
        crew.joinOthers();
    }

    private static void twice(ConnectionPair pair, CaseThreads crew) {
        pair.first().close();
        pair.first().close();
        pair.first().abort();
        pair.second().abort();
        pair.second().close();
        pair.second().abort();
    }
}
