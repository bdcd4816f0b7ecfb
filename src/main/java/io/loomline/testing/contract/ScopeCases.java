package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.stream.ConnectionClosedException;
import io.loomline.testing.ConnectionPair;

import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Scopes of a connection: corked writes, and code that ends with its peer. */
final class ScopeCases {
    private static final int MESSAGES = 100;

    private ScopeCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                over(source, "corked messages stay whole", ScopeCases::whole),
                over(source, "a cancelled writer leaves a corked message whole", ScopeCases::cut),
                over(source, "a close does not wait for a cork", ScopeCases::closeInCork),
                over(source, "an abort does not wait for a cork", ScopeCases::abortInCork),
                over(source, "code ends with its peer", ScopeCases::peerEnds),
                over(source, "a close ends code that waits for its peer", ScopeCases::closeEnds),
                over(source, "a cancel of such code loses no byte", ScopeCases::cancelled));
    }

    private static void whole(ConnectionPair pair, CaseThreads threads) throws Exception {
        for (String writer : List.of("a", "b", "c")) {
            threads.start(
                    writer,
                    () -> {
                        for (int i = 0; i < MESSAGES; i++) writeCorked(pair, writer);
                    });
        }
        for (int i = 0; i < 3 * MESSAGES; i++) requireWhole(pair.second().requireLine());
    }

    private static void writeCorked(ConnectionPair pair, String text) throws Exception {
        try (var _ = pair.first().cork()) {
            pair.first().write(text);
            if (text.equals("b")) pair.first().flush();
            pair.first().writeLine(text);
        }
    }

    private static void requireWhole(String line) {
        Expect.that(line.matches("aa|bb|cc"), "a whole message", line);
    }

    private static void cut(ConnectionPair pair, CaseThreads threads) throws Exception {
        var end = new CountDownLatch(1);
        var corking = new CountDownLatch(1);
        threads.start(
                "a",
                () -> {
                    try (var _ = pair.first().cork()) {
                        pair.first().write("a");
                        corking.countDown();
                        end.await();
                        pair.first().writeLine("a");
                    }
                });
        corking.await();
        var other =
                threads.start(
                        "b",
                        () ->
                                Expect.throwingVoid(
                                        InterruptedException.class,
                                        "a write during a cork",
                                        () -> writeCorked(pair, "b")));
        other.awaitWaiting().thread().interrupt();
        other.join();
        threads.start("c", () -> writeCorked(pair, "c"));
        end.countDown();
        Expect.equal("aa", pair.second().requireLine(), "the first message");
        Expect.equal("cc", pair.second().requireLine(), "the second message");
    }

    private static void closeInCork(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("peer", () -> pair.second().readLine()); // takes the last message of TLS
        endInCork(pair, threads, pair.first()::close);
    }

    private static void abortInCork(ConnectionPair pair, CaseThreads threads) throws Exception {
        endInCork(pair, threads, pair.first()::abort);
    }

    private static void endInCork(ConnectionPair pair, CaseThreads threads, Runnable end)
            throws Exception {
        try (var _ = pair.first().cork()) {
            var other =
                    threads.start(
                            "other",
                            () ->
                                    Expect.throwingVoid(
                                            ConnectionClosedException.class,
                                            "a write during a cork",
                                            () -> pair.first().writeLine("late")));
            other.awaitWaiting();
            threads.start("closing", end::run).join();
            other.join();
        }
    }

    private static void peerEnds(ConnectionPair pair, CaseThreads threads) throws Exception {
        var code =
                threads.start(
                        "code", () -> pair.first().untilPeerEnds(new CountDownLatch(1)::await));
        threads.start(
                "peer",
                () -> {
                    pair.second().writeLine("last");
                    pair.second().shutdownOutput();
                });
        Expect.equal(true, code.join(), "the result");
        Expect.equal("last", pair.first().readLine(), "the line before the end");
        Expect.equal(null, pair.first().readLine(), "the end");
    }

    private static void closeEnds(ConnectionPair pair, CaseThreads threads) throws Exception {
        var code =
                threads.start(
                        "code",
                        () ->
                                Expect.throwingVoid(
                                        ConnectionClosedException.class,
                                        "code that waits for its peer",
                                        () ->
                                                pair.first()
                                                        .untilPeerEnds(
                                                                new CountDownLatch(1)::await)));
        threads.start("peer", () -> pair.second().readLine()); // takes the last message of TLS
        code.awaitWaiting();
        pair.first().close();
        code.join();
    }

    private static void cancelled(ConnectionPair pair, CaseThreads threads) throws Exception {
        var code =
                threads.start(
                        "code",
                        () ->
                                Expect.throwingVoid(
                                        InterruptedException.class,
                                        "code that waits for its peer",
                                        () ->
                                                pair.first()
                                                        .untilPeerEnds(
                                                                new CountDownLatch(1)::await)));
        threads.start("peer", () -> pair.second().writeLine("line"));
        code.awaitWaiting().thread().interrupt();
        code.join();
        Expect.equal("line", pair.first().readLine(), "the line");
    }
}
