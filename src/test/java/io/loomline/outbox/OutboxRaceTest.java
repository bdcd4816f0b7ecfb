package io.loomline.outbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Senders, a reader, and something that ends them, in every interleaving that happens. The peer
 * receives whole messages, those of each sender in their order, and everything that was taken
 * before a close.
 */
@Tag("stress")
class OutboxRaceTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int ROUNDS = 150;
    private static final int SENDERS = 3;

    private enum End {
        CLOSE_OUTBOX,
        CLOSE_CONNECTION,
        ABORT_CONNECTION,
        ABORT_PEER,
        CANCEL_SENDERS
    }

    /** Sends lines until one is refused, and counts those that were taken. */
    private static final class Sender {
        final AtomicInteger taken = new AtomicInteger();
        final Call<Boolean> call;

        Sender(Outbox outbox, int number) {
            call =
                    Call.running(() -> {
                        while (outbox.sendLine(number + " " + taken.get())) taken.incrementAndGet();
                    });
        }
    }

    private static List<String> linesOf(Link link) throws InterruptedException {
        List<String> lines = new ArrayList<>();
        try {
            for (String line; (line = link.there().readLine()) != null; ) lines.add(line);
        } catch (IOException e) {
            if (!lines.isEmpty()) lines.removeLast(); // perhaps cut
        }
        return lines;
    }

    private static void end(End end, Link link, Outbox outbox, List<Sender> senders) {
        switch (end) {
            case CLOSE_OUTBOX -> outbox.close();
            case CLOSE_CONNECTION -> link.here().close();
            case ABORT_CONNECTION -> link.here().abort();
            case ABORT_PEER -> link.there().abort();
            case CANCEL_SENDERS -> senders.forEach(each -> each.call.cancel());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "MEMORY", "LOCK_STEP"})
    void nothingIsLostReorderedOrHangs(Medium medium) throws Exception {
        var options = OutboxOptions.DEFAULT.withMaxBytes(200);
        for (int round = 0; round < ROUNDS; round++) {
            End end = End.values()[round % End.values().length];
            try (Link link = medium.open()) {
                var outbox = Outbox.of(link.here(), options);
                var reader = Call.of(() -> linesOf(link));
                List<Sender> senders = new ArrayList<>();
                for (int i = 0; i < SENDERS; i++) senders.add(new Sender(outbox, i));
                while (link.there().bytesRead() < ThreadLocalRandom.current().nextInt(2_000)) {
                    Thread.onSpinWait();
                }
                end(end, link, outbox, senders);
                for (Sender each : senders) each.call.awaitEnd();
                outbox.close();
                link.here().close();
                boolean complete = end == End.CLOSE_OUTBOX || end == End.CANCEL_SENDERS;
                requireInOrder(reader.result(), senders, complete);
            }
        }
    }

    private static void requireInOrder(List<String> lines, List<Sender> senders, boolean complete) {
        int[] next = new int[SENDERS];
        for (String line : lines) {
            String[] words = line.split(" ", 2);
            int sender = Integer.parseInt(words[0]);
            assertEquals(next[sender]++, Integer.parseInt(words[1]));
        }
        for (int i = 0; i < SENDERS; i++) {
            int taken = senders.get(i).taken.get();
            if (complete) assertEquals(taken, next[i]);
            else assertTrue(next[i] <= taken, "more than was taken");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "MEMORY"})
    void membersComeAndGoWhileOthersSend(Medium medium) throws Exception {
        var room = new Broadcast();
        var sender =
                Call.running(() -> {
                    for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
                        room.sendLine("" + i);
                    }
                });
        for (int round = 0; round < ROUNDS; round++) {
            try (Link link = medium.open();
                    var outbox = Outbox.of(link.here())) {
                assertTrue(room.join(outbox));
                int first = Integer.parseInt(link.there().readLine());
                for (int i = 1; i < 20; i++) {
                    assertEquals("" + (first + i), link.there().readLine());
                }
                if (round % 3 == 0) room.leave(outbox);
                if (round % 3 == 1) link.here().abort();
                link.there().abort(); // a close would wait for it
            }
        }
        sender.cancel();
        sender.awaitEnd();
        assertEquals(0, room.size());
    }
}
