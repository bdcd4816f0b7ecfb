package io.loomline.testing;

import io.loomline.net.Connection;
import io.loomline.net.ConnectionClosedException;

import java.io.IOException;
import java.util.List;

/** Ends of one direction, and of both: what each side sees of them. */
final class PartingCases {
    private PartingCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                Crew.over(source, "the end comes after the bytes, and stays", PartingCases::end),
                Crew.over(source, "after one end the reverse carries", PartingCases::reverse),
                Crew.over(source, "ending twice is ending once", PartingCases::endTwice),
                Crew.over(source, "no writes after the end", PartingCases::noMoreWrites),
                Crew.over(source, "what was written before close arrives", PartingCases::close),
                Crew.over(source, "close with unread input resets nothing", PartingCases::unread),
                Crew.over(source, "a closed connection refuses everything", PartingCases::refuses),
                Crew.over(source, "close wakes reader and writer", PartingCases::closeWakes),
                Crew.over(source, "abort wakes reader and writer", PartingCases::abortWakes),
                Crew.over(source, "close after abort, abort after close", PartingCases::twice));
    }

    private static Object nothing(Crew.Job call) throws Exception {
        call.run();
        return "nothing";
    }

    private static void requireThrown(
            Class<? extends Exception> expected, String what, Crew.Job call) {
        Expect.throwing(expected, what, () -> nothing(call));
    }

    private static void end(ConnectionPair pair, Crew crew) throws Exception {
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

    private static void reverse(ConnectionPair pair, Crew crew) throws Exception {
        pair.first().shutdownOutput();
        Expect.equal(null, pair.second().readLine(), "the end");
        crew.start("writer", () -> pair.second().write("line\n".repeat(1_000)));
        for (int i = 0; i < 1_000; i++) Expect.equal("line", pair.first().readLine(), "line " + i);
    }

    private static void endTwice(ConnectionPair pair, Crew crew) throws Exception {
        for (int i = 0; i < 3; i++) pair.first().shutdownOutput();
        Expect.equal(null, pair.second().readLine(), "the end");
        pair.first().shutdownOutput();
    }

    private static void noMoreWrites(ConnectionPair pair, Crew crew) throws Exception {
        pair.first().shutdownOutput();
        for (int i = 0; i < 3; i++) {
            requireThrown(
                    IOException.class, "a write after the end", () -> pair.first().write("x"));
            requireThrown(IOException.class, "an empty write", () -> pair.first().write(""));
        }
    }

    private static void close(ConnectionPair pair, Crew crew) throws Exception {
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

    private static void unread(ConnectionPair pair, Crew crew) throws Exception {
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

    private static void refuses(ConnectionPair pair, Crew crew) throws Exception {
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

    private static void closeWakes(ConnectionPair pair, Crew crew) throws Exception {
        requireWoken(pair, crew, pair.first()::close);
    }

    private static void abortWakes(ConnectionPair pair, Crew crew) throws Exception {
        requireWoken(pair, crew, pair.first()::abort);
    }

    private static void requireWoken(ConnectionPair pair, Crew crew, Crew.Job closing)
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

    private static void twice(ConnectionPair pair, Crew crew) {
        pair.first().close();
        pair.first().close();
        pair.first().abort();
        pair.second().abort();
        pair.second().close();
        pair.second().abort();
    }
}
