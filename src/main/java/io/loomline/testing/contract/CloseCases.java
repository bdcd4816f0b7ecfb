package io.loomline.testing.contract;

import io.loomline.driver.Channel;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/** This side closes: at any time, from any thread, and nobody goes on waiting. */
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
                CaseThreads.over(
                        source, "a closed channel refuses everything", CloseCases::refuses),
                CaseThreads.over(
                        source, "an aborted channel refuses everything", CloseCases::aborted),
                CaseThreads.over(source, "close wakes the own reader", CloseCases::wakesReader),
                CaseThreads.over(source, "close wakes the own writer", CloseCases::wakesWriter),
                CaseThreads.over(source, "abort wakes reader and writer", CloseCases::abortWakes),
                CaseThreads.over(source, "close with unread input", CloseCases::unread),
                CaseThreads.over(source, "close twice, in every combination", CloseCases::twice),
                CaseThreads.over(source, "two threads close at once", cases::twoThreads),
                CaseThreads.over(source, "close races a reader", cases::readerRace),
                CaseThreads.over(source, "abort races a reader", cases::abortRace),
                CaseThreads.over(source, "close races a writer", cases::writerRace));
    }

    private static void requireClosed(Channel channel) throws Exception {
        for (int i = 0; i < 2; i++) {
            channel.awaitReadable(); // a try would throw, so there is nothing to wait for
            channel.awaitWritable();
            requireThrown("tryRead", () -> ChannelIo.tryReadByte(channel));
            requireThrown("tryWrite", () -> ChannelIo.tryWriteByte(channel));
            requireThrown("empty tryWrite", () -> channel.tryWrite(ByteBuffer.allocate(0)));
            requireThrown(
                    "shutdownOutput",
                    () -> {
                        channel.shutdownOutput();
                        return "nothing";
                    });
        }
    }

    private static void requireThrown(String what, Expect.Call call) {
        Expect.throwing(ClosedChannelException.class, what + " after closing", call);
    }

    private static void refuses(ChannelPair pair, CaseThreads crew) throws Exception {
        pair.first().close();
        requireClosed(pair.first());
    }

    private static void aborted(ChannelPair pair, CaseThreads crew) throws Exception {
        pair.first().abort();
        requireClosed(pair.first());
    }

    private static void readUntilClosed(Channel channel) {
        Expect.throwing(
                ClosedChannelException.class,
                "reading while it is closed",
                () -> ChannelIo.readToEnd(channel).length + " bytes, then the end");
    }

    private static void writeUntilClosed(Channel channel) {
        var chunk = ByteBuffer.wrap(ChannelIo.pattern(0, 251));
        Expect.throwing(
                ClosedChannelException.class,
                "writing while it is closed",
                () -> {
                    while (true) ChannelIo.write(channel, chunk.clear());
                });
    }

    private static void wakesReader(ChannelPair pair, CaseThreads crew) throws Exception {
        var reader = crew.start("reader", () -> readUntilClosed(pair.first())).awaitWaiting();
        pair.first().close();
        reader.join();
        requireClosed(pair.first());
    }

    private static void wakesWriter(ChannelPair pair, CaseThreads crew) throws Exception {
        ChannelIo.fill(pair.first());
        var writer = crew.start("writer", () -> writeUntilClosed(pair.first())).awaitWaiting();
        pair.first().close();
        writer.join();
        requireClosed(pair.first());
    }

    private static void abortWakes(ChannelPair pair, CaseThreads crew) throws Exception {
        ChannelIo.fill(pair.first());
        crew.start("reader", () -> readUntilClosed(pair.first())).awaitWaiting();
        crew.start("writer", () -> writeUntilClosed(pair.first())).awaitWaiting();
        pair.first().abort();
        crew.joinOthers();
        requireClosed(pair.first());
    }

    private static void unread(ChannelPair pair, CaseThreads crew) throws Exception {
        crew.start("writer", () -> ChannelIo.write(pair.second(), (byte) 1));
        pair.first().awaitReadable();
        crew.joinOthers();
        pair.first().close();
        requireClosed(pair.first());
        ChannelIo.writeUntilFailure(pair.second());
    }

    private static void twice(ChannelPair pair, CaseThreads crew) throws Exception {
        pair.first().close();
        pair.first().close();
        pair.first().abort();
        requireClosed(pair.first());
        pair.second().abort();
        pair.second().abort();
        pair.second().close();
        requireClosed(pair.second());
    }

    private void twoThreads(ChannelPair unused, CaseThreads crew) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            try (ChannelPair pair = source.open()) {
                var together = new CountDownLatch(2);
                for (int closer = 0; closer < 2; closer++) {
                    crew.start(
                            "closer",
                            () -> {
                                together.countDown();
                                together.await();
                                pair.first().close();
                            });
                }
                crew.joinOthers();
                requireClosed(pair.first());
                Expect.equal(0, ChannelIo.readToEnd(pair.second()).length, "bytes before the end");
            }
        }
    }

    private void readerRace(ChannelPair unused, CaseThreads crew) throws Exception {
        raceReader(crew, Channel::close);
    }

    private void abortRace(ChannelPair unused, CaseThreads crew) throws Exception {
        raceReader(crew, Channel::abort);
    }

    private interface Closing {
        void close(Channel channel);
    }

    /** The reader has just got a byte and is about to wait for more when the close comes. */
    private void raceReader(CaseThreads crew, Closing closing) throws Exception {
        var random = new Random(SEED);
        for (int i = 0; i < ROUNDS; i++) {
            try (ChannelPair pair = source.open()) {
                var about = new CountDownLatch(1);
                crew.start(
                        "reader",
                        () -> {
                            ChannelIo.read(pair.first(), 1);
                            about.countDown();
                            readUntilClosed(pair.first());
                        });
                ChannelIo.write(pair.second(), (byte) i);
                about.await();
                CaseThreads.spin(random.nextInt(MAX_SPINS));
                closing.close(pair.first());
                crew.joinOthers();
            }
        }
    }

    /** What arrives is what was written up to the close, and then the end. */
    private void writerRace(ChannelPair unused, CaseThreads crew) throws Exception {
        var random = new Random(SEED);
        for (int i = 0; i < WRITER_ROUNDS; i++) {
            try (ChannelPair pair = source.open()) {
                crew.start("writer", () -> writeUntilClosed(pair.first()));
                var reader = crew.start("reader", () -> ChannelIo.readToEnd(pair.second()));
                CaseThreads.spin(random.nextInt(MAX_SPINS));
                pair.first().close();
                byte[] received = reader.join();
                Expect.bytes(ChannelIo.pattern(0, received.length), received, "what arrived");
                crew.joinOthers();
            }
        }
    }
}
