package io.loomline.testing;

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
                Crew.over(source, "bytes wake a reader", WaitingCases::bytesWake),
                Crew.over(source, "a reader does not wait for what is there", WaitingCases::there),
                Crew.over(source, "a writer does not wait for room", WaitingCases::room),
                Crew.over(source, "reading wakes a writer", WaitingCases::readingWakes),
                Crew.over(source, "both directions wait at once", WaitingCases::both),
                Crew.over(source, "unpark may end a wait early, no more", WaitingCases::unpark),
                Crew.over(source, "a permit from before does no harm", WaitingCases::permit),
                Crew.over(source, "many pairs wait at once", cases::many));
    }

    private static void bytesWake(ChannelPair pair, Crew crew) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            var reader = crew.start("reader", () -> Moves.read(pair.second(), 1)).awaitWaiting();
            Moves.write(pair.first(), (byte) i);
            Expect.bytes(new byte[] {(byte) i}, reader.join(), "round " + i);
        }
    }

    private static void there(ChannelPair pair, Crew crew) throws Exception {
        crew.start("writer", () -> Moves.write(pair.first(), (byte) 1, (byte) 2));
        for (byte i = 1; i <= 2; i++) {
            pair.second().awaitReadable();
            pair.second().awaitReadable(); // the byte is still there
            Expect.bytes(new byte[] {i}, Moves.read(pair.second(), 1), "byte " + i);
        }
    }

    private static void room(ChannelPair pair, Crew crew) throws Exception {
        var reader = crew.start("reader", () -> Moves.read(pair.second(), 2));
        for (byte i = 1; i <= 2; i++) {
            pair.first().awaitWritable();
            Moves.write(pair.first(), i);
        }
        Expect.bytes(new byte[] {1, 2}, reader.join(), "what arrived");
    }

    private static void readingWakes(ChannelPair pair, Crew crew) throws Exception {
        int filled = Moves.fill(pair.first());
        byte[] more = Moves.pattern(filled, 1);
        crew.start("writer", () -> Moves.write(pair.first(), more)).awaitWaiting();
        Expect.bytes(
                Moves.pattern(0, filled + 1), Moves.read(pair.second(), filled + 1), "all of it");
    }

    private static void both(ChannelPair pair, Crew crew) throws Exception {
        int filled = Moves.fill(pair.first());
        var reader = crew.start("reader", () -> Moves.read(pair.first(), 1)).awaitWaiting();
        crew.start("writer", () -> Moves.write(pair.first(), (byte) 9)).awaitWaiting();
        Moves.write(pair.second(), (byte) 7);
        Expect.bytes(new byte[] {7}, reader.join(), "what the reader got");
        Moves.read(pair.second(), filled);
        Expect.bytes(new byte[] {9}, Moves.read(pair.second(), 1), "what the writer wrote");
    }

    private static void unpark(ChannelPair pair, Crew crew) throws Exception {
        int filled = Moves.fill(pair.first());
        var writer = crew.start("writer", () -> Moves.write(pair.first(), (byte) 9));
        var reader = crew.start("reader", () -> Moves.read(pair.first(), 1));
        for (int i = 0; i < ROUNDS; i++) {
            LockSupport.unpark(reader.awaitWaiting().thread());
            LockSupport.unpark(writer.awaitWaiting().thread());
        }
        Moves.write(pair.second(), (byte) 7);
        Expect.bytes(new byte[] {7}, reader.join(), "what the reader got");
        Expect.bytes(Moves.pattern(0, filled), Moves.read(pair.second(), filled), "what was there");
        Expect.bytes(new byte[] {9}, Moves.read(pair.second(), 1), "what the writer wrote");
    }

    private static void permit(ChannelPair pair, Crew crew) throws Exception {
        var reader =
                crew.start(
                        "reader",
                        () -> {
                            LockSupport.unpark(Thread.currentThread());
                            return Moves.read(pair.second(), 1);
                        });
        Moves.write(pair.first(), (byte) 1);
        Expect.bytes(new byte[] {1}, reader.join(), "what arrived");
    }

    private void many(ChannelPair pair, Crew crew) throws Exception {
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
            Moves.write(channel, (byte) i);
            Expect.equal((byte) i, Moves.read(channel, 1)[0], "echo " + i);
        }
        channel.shutdownOutput();
    }

    private static void echo(Channel channel) throws Exception {
        for (int i = 0; i < ROUNDS_OF_MANY; i++) Moves.write(channel, Moves.read(channel, 1));
        Expect.equal(0, Moves.readToEnd(channel).length, "bytes after the last");
    }
}
