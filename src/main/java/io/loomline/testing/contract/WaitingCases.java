package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.driver.Channel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Waits for readiness, and the events that end them. */
final class WaitingCases {
    private static final int ROUNDS = 200;
    private static final int PAIRS = 16;
    private static final int ROUNDS_OF_MANY = 50;

    private final ChannelPair.Source source;

    private WaitingCases(ChannelPair.Source source) {
        this.source = source;
    }

    static List<ContractCase> of(ChannelPair.Source source) {
        var cases = new WaitingCases(source);
        return List.of(
                over(source, "arriving bytes wake a reader", WaitingCases::bytesWake),
                over(
                        source,
                        "awaitReadable returns at once when bytes are available",
                        WaitingCases::bytesAvailable),
                over(
                        source,
                        "awaitWritable returns at once when there is space",
                        WaitingCases::spaceAvailable),
                over(source, "a read by the peer wakes a writer", WaitingCases::readingWakes),
                over(source, "a reader and a writer can wait at the same time", WaitingCases::both),
                over(source, "an unpark causes at most a spurious return", WaitingCases::unpark),
                over(source, "a leftover park permit does no harm", WaitingCases::leftoverPermit),
                over(source, "many pairs can wait at once", cases::many));
    }

    private static void bytesWake(ChannelPair pair, CaseThreads threads) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            var reader =
                    threads.start("reader", () -> ChannelIo.read(pair.second(), 1)).awaitWaiting();
            ChannelIo.write(pair.first(), (byte) i);
            Expect.bytes(new byte[] {(byte) i}, reader.join(), "round " + i);
        }
    }

    private static void bytesAvailable(ChannelPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> ChannelIo.write(pair.first(), (byte) 1, (byte) 2));
        for (byte i = 1; i <= 2; i++) {
            pair.second().awaitReadable();
            pair.second().awaitReadable(); // the byte is still unread
            Expect.bytes(new byte[] {i}, ChannelIo.read(pair.second(), 1), "byte " + i);
        }
    }

    private static void spaceAvailable(ChannelPair pair, CaseThreads threads) throws Exception {
        var reader = threads.start("reader", () -> ChannelIo.read(pair.second(), 2));
        for (byte i = 1; i <= 2; i++) {
            pair.first().awaitWritable();
            ChannelIo.write(pair.first(), i);
        }
        Expect.bytes(new byte[] {1, 2}, reader.join(), "the received bytes");
    }

    private static void readingWakes(ChannelPair pair, CaseThreads threads) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        byte[] more = ChannelIo.pattern(filled, 1);
        threads.start("writer", () -> ChannelIo.write(pair.first(), more)).awaitWaiting();
        Expect.bytes(
                ChannelIo.pattern(0, filled + 1),
                ChannelIo.read(pair.second(), filled + 1),
                "all bytes");
    }

    private static void both(ChannelPair pair, CaseThreads threads) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        var reader = threads.start("reader", () -> ChannelIo.read(pair.first(), 1)).awaitWaiting();
        threads.start("writer", () -> ChannelIo.write(pair.first(), (byte) 9)).awaitWaiting();
        ChannelIo.write(pair.second(), (byte) 7);
        Expect.bytes(new byte[] {7}, reader.join(), "the byte that was read");
        ChannelIo.read(pair.second(), filled);
        Expect.bytes(new byte[] {9}, ChannelIo.read(pair.second(), 1), "the byte that was written");
    }

    private static void unpark(ChannelPair pair, CaseThreads threads) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        var writer = threads.start("writer", () -> ChannelIo.write(pair.first(), (byte) 9));
        var reader = threads.start("reader", () -> ChannelIo.read(pair.first(), 1));
        for (int i = 0; i < ROUNDS; i++) {
            LockSupport.unpark(reader.awaitWaiting().thread());
            LockSupport.unpark(writer.awaitWaiting().thread());
        }
        ChannelIo.write(pair.second(), (byte) 7);
        Expect.bytes(new byte[] {7}, reader.join(), "the byte that was read");
        Expect.bytes(
                ChannelIo.pattern(0, filled),
                ChannelIo.read(pair.second(), filled),
                "the bytes that filled the channel");
        Expect.bytes(new byte[] {9}, ChannelIo.read(pair.second(), 1), "the byte that was written");
    }

    private static void leftoverPermit(ChannelPair pair, CaseThreads threads) throws Exception {
        var reader =
                threads.start(
                        "reader",
                        () -> {
                            LockSupport.unpark(Thread.currentThread());
                            return ChannelIo.read(pair.second(), 1);
                        });
        ChannelIo.write(pair.first(), (byte) 1);
        Expect.bytes(new byte[] {1}, reader.join(), "the received bytes");
    }

    private void many(ChannelPair unused, CaseThreads threads) throws Exception {
        List<ChannelPair> pairs = new ArrayList<>();
        try {
            for (int i = 0; i < PAIRS; i++) pairs.add(source.open());
            for (ChannelPair each : pairs) {
                threads.start("client", () -> talk(each.first()));
                threads.start("echo", () -> echo(each.second()));
            }
            threads.joinOthers();
        } finally {
            pairs.forEach(ChannelPair::close);
        }
    }

    private static void talk(Channel channel) throws Exception {
        for (int i = 0; i < ROUNDS_OF_MANY; i++) {
            ChannelIo.write(channel, (byte) i);
            Expect.equal((byte) i, ChannelIo.read(channel, 1)[0], "echo " + i);
        }
        channel.shutdownOutput();
    }

    private static void echo(Channel channel) throws Exception {
        for (int i = 0; i < ROUNDS_OF_MANY; i++)
            ChannelIo.write(channel, ChannelIo.read(channel, 1));
        Expect.equal(0, ChannelIo.readToEnd(channel).length, "bytes after the last");
    }
}
