package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.outbox.Broadcast;
import io.loomline.outbox.Outbox;
import io.loomline.outbox.OutboxOptions;
import io.loomline.testing.ConnectionPair;

import java.io.IOException;
import java.util.List;

/** Messages of an outbox: none is lost or reordered, and nothing hangs. */
final class OutboxCases {
    private static final int MESSAGES = 200;

    /** Room for a few messages, so that senders wait. */
    private static final OutboxOptions SMALL = OutboxOptions.DEFAULT.withMaxBytes(200);

    private OutboxCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                over(source, "an outbox sends whole messages in order", OutboxCases::inOrder),
                over(source, "a close of an outbox sends all messages", OutboxCases::close),
                over(source, "a cancelled send loses no other message", OutboxCases::cancelled),
                over(source, "an abort ends a waiting send and a flush", OutboxCases::aborted),
                over(source, "a broadcast reaches a slow member completely", OutboxCases::slow));
    }

    private static void inOrder(ConnectionPair pair, CaseThreads threads) throws Exception {
        var outbox = Outbox.of(pair.first(), SMALL);
        for (String sender : List.of("a", "b")) {
            threads.start(
                    sender,
                    () -> {
                        for (int i = 0; i < MESSAGES; i++) outbox.sendLine(sender + i);
                    });
        }
        int a = 0;
        int b = 0;
        while (a + b < 2 * MESSAGES) {
            String line = pair.second().requireLine();
            Expect.equal(line.startsWith("a") ? "a" + a++ : "b" + b++, line, "the next line");
        }
        Expect.equal(0L, outbox.droppedCount(), "the number of dropped messages");
    }

    private static void close(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start(
                "writer",
                () -> {
                    try (var outbox = Outbox.of(pair.first())) {
                        for (int i = 0; i < MESSAGES; i++) outbox.offerLine("line " + i);
                    }
                    pair.first().writeLine("end");
                });
        for (int i = 0; i < MESSAGES; i++) {
            Expect.equal("line " + i, pair.second().requireLine(), "the next line");
        }
        Expect.equal("end", pair.second().requireLine(), "the line after the close");
    }

    private static void cancelled(ConnectionPair pair, CaseThreads threads) throws Exception {
        var outbox = Outbox.of(pair.first(), SMALL);
        int taken = 0;
        for (boolean cancelled = false; !cancelled; ) {
            String line = "line " + taken;
            var sender = threads.start("sender", () -> offerOrSend(outbox, line));
            cancelled = !sender.join();
            if (!cancelled) taken++;
        }
        int lines = taken;
        var reader =
                threads.start(
                        "reader",
                        () -> {
                            for (int i = 0; i < lines; i++) {
                                Expect.equal(
                                        "line " + i, pair.second().requireLine(), "the next line");
                            }
                            return pair.second().requireLine();
                        });
        outbox.sendLine("end");
        Expect.equal("end", reader.join(), "the last line");
    }

    /** Returns whether a message was taken; otherwise a send of it was cancelled. */
    private static boolean offerOrSend(Outbox outbox, String line) throws IOException {
        if (outbox.offerLine(line)) return true;
        Thread.currentThread().interrupt();
        try {
            return outbox.sendLine(line);
        } catch (InterruptedException e) {
            return false;
        }
    }

    private static void aborted(ConnectionPair pair, CaseThreads threads) throws Exception {
        var outbox = Outbox.of(pair.first(), SMALL);
        var sender =
                threads.start(
                        "sender",
                        () -> {
                            while (outbox.sendLine("a message")) {}
                        });
        var flusher =
                threads.start(
                        "flusher",
                        () -> {
                            Expect.throwingVoid(
                                    IOException.class,
                                    "a flush",
                                    () -> {
                                        while (outbox.send("another")) outbox.flush();
                                        outbox.flush();
                                    });
                        });
        sender.awaitWaiting();
        pair.first().abort();
        sender.join();
        flusher.join();
        Expect.equal(false, outbox.offer("late"), "an offer after the abort");
    }

    private static void slow(ConnectionPair pair, CaseThreads threads) throws Exception {
        var room = new Broadcast();
        room.join(Outbox.of(pair.first(), SMALL));
        room.join(Outbox.of(pair.second(), SMALL));
        threads.start(
                "sender",
                () -> {
                    for (int i = 0; i < MESSAGES; i++) room.sendLine("line " + i);
                });
        for (int i = 0; i < MESSAGES; i++) {
            Expect.equal("line " + i, pair.first().requireLine(), "the next line of one");
            Expect.equal("line " + i, pair.second().requireLine(), "the next line of the other");
        }
    }
}
