package io.loomline.outbox;

import io.loomline.net.Connection;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.Leftovers;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/** A connection to a peer that takes nothing until the test makes room. */
abstract class QueueFixture {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    /** A queue of two messages of ten bytes. */
    static final OutboxOptions TWO =
            OutboxOptions.DEFAULT.withMaxBytes(2 * (10 + Messages.OVERHEAD_BYTES));

    final ManualClock clock = new ManualClock();
    final FakeChannel channel = new FakeChannel();
    final Connection connection = Connection.over(channel, clock);

    @BeforeEach
    void takeNothing() {
        channel.room(false);
    }

    @AfterEach
    void abort() {
        connection.abort();
    }

    /** A message of ten bytes. */
    static String message(int number) {
        return "message %02d".formatted(number);
    }

    /** Offers the message 0 and returns when it is being sent, so that the queue is empty. */
    void occupySender(Outbox outbox) throws IOException, InterruptedException {
        occupySender(outbox, channel);
    }

    static void occupySender(Outbox outbox, FakeChannel channel)
            throws IOException, InterruptedException {
        var waits = new CountDownLatch(1);
        channel.beforeWait(waits::countDown);
        outbox.offer(message(0));
        waits.await();
        channel.beforeWait(() -> {});
    }

    /** What the peer has received. */
    String received() {
        return String.join("", channel.writes());
    }

    /** The messages with those numbers. */
    static String messages(int... numbers) {
        var text = new StringBuilder();
        for (int number : numbers) text.append(message(number));
        return text.toString();
    }
}
