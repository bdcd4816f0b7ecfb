package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.driver.Channel;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/** Closing on this side: at any time, from any thread; it ends every wait. */
final class CloseCases {
    private static final int ROUNDS = 200;
    private static final int WRITER_ROUNDS = 100;
    private static final int MAX_SPINS = 4_000;
    private static final long SEED = 7;

    private final ChannelPair.Source source;

    private CloseCases(ChannelPair.Source source) {
        this.source = source;
    }

    static List<ContractCase> of(ChannelPair.Source source) {
        var cases = new CloseCases(source);
        return List.of(
                over(source, "a closed channel rejects every call", CloseCases::closed),
                over(source, "an aborted channel rejects every call", CloseCases::aborted),
                over(source, "close wakes the local reader", CloseCases::wakesReader),
                over(source, "close wakes the local writer", CloseCases::wakesWriter),
                over(source, "abort wakes reader and writer", CloseCases::abortWakes),
                over(source, "a channel with unread input can be closed", CloseCases::unread),
                over(source, "close and abort are idempotent in any order", CloseCases::idempotent),
                over(source, "two threads can close at once", cases::twoThreads),
                over(source, "close ends a racing reader", cases::readerRace),
                over(source, "abort ends a racing reader", cases::abortRace),
                over(source, "close ends a racing writer", cases::writerRace));
    }

    private static void requireClosed(Channel channel) throws Exception {
        for (int i = 0; i < 2; i++) {
            channel.awaitReadable(); // returns at once, because a try would throw
            channel.awaitWritable();
            requireThrown("tryRead", () -> ChannelIo.tryReadByte(channel));
            requireThrown("tryWrite", () -> ChannelIo.tryWriteByte(channel));
            requireThrown("empty tryWrite", () -> channel.tryWrite(ByteBuffer.allocate(0)));
            Expect.throwingVoid(
                    ClosedChannelException.class,
                    "shutdownOutput after the close",
                    channel::shutdownOutput);
        }
    }

    private static void requireThrown(String what, Expect.Call call) {
        Expect.throwing(ClosedChannelException.class, what + " after the close", call);
    }

    private static void closed(ChannelPair pair, CaseThreads threads) throws Exception {
        pair.first().close();
        requireClosed(pair.first());
    }

    private static void aborted(ChannelPair pair, CaseThreads threads) throws Exception {
        pair.first().abort();
        requireClosed(pair.first());
    }

    private static void readUntilClosed(Channel channel) {
        Expect.throwing(
                ClosedChannelException.class,
                "a read during the close",
                () -> ChannelIo.readToEnd(channel).length + " bytes, then the end");
    }

    private static void writeUntilClosed(Channel channel) {
        var chunk = ByteBuffer.wrap(ChannelIo.pattern(0, 251));
        Expect.throwing(
                ClosedChannelException.class,
                "a write during the close",
                () -> {
                    while (true) ChannelIo.write(channel, chunk.clear());
                });
    }

    private static void wakesReader(ChannelPair pair, CaseThreads threads) throws Exception {
        var reader = threads.start("reader", () -> readUntilClosed(pair.first())).awaitWaiting();
        pair.first().close();
        reader.join();
        requireClosed(pair.first());
    }

    private static void wakesWriter(ChannelPair pair, CaseThreads threads) throws Exception {
        ChannelIo.fill(pair.first());
        var writer = threads.start("writer", () -> writeUntilClosed(pair.first())).awaitWaiting();
        pair.first().close();
        writer.join();
        requireClosed(pair.first());
    }

    private static void abortWakes(ChannelPair pair, CaseThreads threads) throws Exception {
        ChannelIo.fill(pair.first());
        threads.start("reader", () -> readUntilClosed(pair.first())).awaitWaiting();
        threads.start("writer", () -> writeUntilClosed(pair.first())).awaitWaiting();
        pair.first().abort();
        threads.joinOthers();
        requireClosed(pair.first());
    }

    private static void unread(ChannelPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> ChannelIo.write(pair.second(), (byte) 1));
        pair.first().awaitReadable();
        threads.joinOthers();
        pair.first().close();
        requireClosed(pair.first());
        ChannelIo.writeUntilFailure(pair.second());
    }

    private static void idempotent(ChannelPair pair, CaseThreads threads) throws Exception {
        pair.first().close();
        pair.first().close();
        pair.first().abort();
        requireClosed(pair.first());
        pair.second().abort();
        pair.second().abort();
        pair.second().close();
        requireClosed(pair.second());
    }

    private void twoThreads(ChannelPair unused, CaseThreads threads) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            try (ChannelPair pair = source.open()) {
                var bothReady = new CountDownLatch(2);
                for (int closer = 0; closer < 2; closer++) {
                    threads.start(
                            "closer",
                            () -> {
                                bothReady.countDown();
                                bothReady.await();
                                pair.first().close();
                            });
                }
                threads.joinOthers();
                requireClosed(pair.first());
                Expect.equal(0, ChannelIo.readToEnd(pair.second()).length, "bytes before the end");
            }
        }
    }

    private void readerRace(ChannelPair unused, CaseThreads threads) throws Exception {
        raceReader(threads, Channel::close);
    }

    private void abortRace(ChannelPair unused, CaseThreads threads) throws Exception {
        raceReader(threads, Channel::abort);
    }

    private interface Closing {
        void close(Channel channel);
    }

    /** Closes when the reader has just read a byte and is about to wait for more. */
    private void raceReader(CaseThreads threads, Closing closing) throws Exception {
        var random = new Random(SEED);
        for (int i = 0; i < ROUNDS; i++) {
            try (ChannelPair pair = source.open()) {
                var hasRead = new CountDownLatch(1);
                threads.start(
                        "reader",
                        () -> {
                            ChannelIo.read(pair.first(), 1);
                            hasRead.countDown();
                            readUntilClosed(pair.first());
                        });
                ChannelIo.write(pair.second(), (byte) i);
                hasRead.await();
                CaseThreads.spin(random.nextInt(MAX_SPINS));
                closing.close(pair.first());
                threads.joinOthers();
            }
        }
    }

    /** The peer reads the bytes written before the close, then the end. */
    private void writerRace(ChannelPair unused, CaseThreads threads) throws Exception {
        var random = new Random(SEED);
        for (int i = 0; i < WRITER_ROUNDS; i++) {
            try (ChannelPair pair = source.open()) {
                threads.start("writer", () -> writeUntilClosed(pair.first()));
                var reader = threads.start("reader", () -> ChannelIo.readToEnd(pair.second()));
                CaseThreads.spin(random.nextInt(MAX_SPINS));
                pair.first().close();
                byte[] received = reader.join();
                Expect.bytes(ChannelIo.pattern(0, received.length), received, "the received bytes");
                threads.joinOthers();
            }
        }
    }
}
