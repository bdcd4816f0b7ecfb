package io.loomline.testing.contract;

import io.loomline.driver.Channel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Waiting until a try is worth it, and being woken. */
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
                CaseThreads.over(source, "bytes wake a reader", WaitingCases::bytesWake),
                CaseThreads.over(
                        source, "a reader does not wait for what is there", WaitingCases::there),
                CaseThreads.over(source, "a writer does not wait for room", WaitingCases::room),
                CaseThreads.over(source, "reading wakes a writer", WaitingCases::readingWakes),
                CaseThreads.over(source, "both directions wait at once", WaitingCases::both),
                CaseThreads.over(
                        source, "unpark may end a wait early, no more", WaitingCases::unpark),
                CaseThreads.over(source, "a permit from before does no harm", WaitingCases::permit),
                CaseThreads.over(source, "many pairs wait at once", cases::many));
    }

    private static void bytesWake(ChannelPair pair, CaseThreads crew) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            var reader =
                    crew.start("reader", () -> ChannelIo.read(pair.second(), 1)).awaitWaiting();
            ChannelIo.write(pair.first(), (byte) i);
            Expect.bytes(new byte[] {(byte) i}, reader.join(), "round " + i);
        }
    }

    private static void there(ChannelPair pair, CaseThreads crew) throws Exception {
        crew.start("writer", () -> ChannelIo.write(pair.first(), (byte) 1, (byte) 2));
        for (byte i = 1; i <= 2; i++) {
            pair.second().awaitReadable();
            pair.second().awaitReadable(); // the byte is still there
            Expect.bytes(new byte[] {i}, ChannelIo.read(pair.second(), 1), "byte " + i);
        }
    }

    private static void room(ChannelPair pair, CaseThreads crew) throws Exception {
        var reader = crew.start("reader", () -> ChannelIo.read(pair.second(), 2));
        for (byte i = 1; i <= 2; i++) {
            pair.first().awaitWritable();
            ChannelIo.write(pair.first(), i);
        }
        Expect.bytes(new byte[] {1, 2}, reader.join(), "what arrived");
    }

    private static void readingWakes(ChannelPair pair, CaseThreads crew) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        byte[] more = ChannelIo.pattern(filled, 1);
        crew.start("writer", () -> ChannelIo.write(pair.first(), more)).awaitWaiting();
        Expect.bytes(
                ChannelIo.pattern(0, filled + 1),
                ChannelIo.read(pair.second(), filled + 1),
                "all of it");
    }

    private static void both(ChannelPair pair, CaseThreads crew) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        var reader = crew.start("reader", () -> ChannelIo.read(pair.first(), 1)).awaitWaiting();
        crew.start("writer", () -> ChannelIo.write(pair.first(), (byte) 9)).awaitWaiting();
        ChannelIo.write(pair.second(), (byte) 7);
        Expect.bytes(new byte[] {7}, reader.join(), "what the reader got");
        ChannelIo.read(pair.second(), filled);
        Expect.bytes(new byte[] {9}, ChannelIo.read(pair.second(), 1), "what the writer wrote");
    }

    private static void unpark(ChannelPair pair, CaseThreads crew) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        var writer = crew.start("writer", () -> ChannelIo.write(pair.first(), (byte) 9));
        var reader = crew.start("reader", () -> ChannelIo.read(pair.first(), 1));
        for (int i = 0; i < ROUNDS; i++) {
            LockSupport.unpark(reader.awaitWaiting().thread());
            LockSupport.unpark(writer.awaitWaiting().thread());
        }
        ChannelIo.write(pair.second(), (byte) 7);
        Expect.bytes(new byte[] {7}, reader.join(), "what the reader got");
        Expect.bytes(
                ChannelIo.pattern(0, filled),
                ChannelIo.read(pair.second(), filled),
                "what was there");
        Expect.bytes(new byte[] {9}, ChannelIo.read(pair.second(), 1), "what the writer wrote");
    }

    private static void permit(ChannelPair pair, CaseThreads crew) throws Exception {
        var reader =
                crew.start(
                        "reader",
                        () -> {
                            LockSupport.unpark(Thread.currentThread());
                            return ChannelIo.read(pair.second(), 1);
                        });
        ChannelIo.write(pair.first(), (byte) 1);
        Expect.bytes(new byte[] {1}, reader.join(), "what arrived");
    }

    private void many(ChannelPair pair, CaseThreads crew) throws Exception {
        List<ChannelPair> pairs = new ArrayList<>();
        try {
            for (int i = 0; i < PAIRS; i++) pairs.add(source.open());
            for (ChannelPair one : pairs) {
                crew.start("caller", () -> call(one.first()));
                crew.start("echo", () -> echo(one.second()));
            }
            crew.joinOthers();
        } finally {
            pairs.forEach(ChannelPair::close);
        }
    }

    private static void call(Channel channel) throws Exception {
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
