package io.loomline.testing;

import io.loomline.driver.Channel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;

/** What the other side sees of a close and of an abort. */
final class PeerCases {
    private static final int SOME_BYTES = 1_000;

    private PeerCases() {}

    static List<ContractCase> of(ChannelPair.Source source) {
        return List.of(
                Crew.over(source, "the peer of a close gets bytes, then end", PeerCases::closed),
                Crew.over(
                        source, "the peer of an abort gets bytes, then error", PeerCases::aborted),
                Crew.over(source, "a close wakes the peer's reader", PeerCases::closeWakesReader),
                Crew.over(source, "a close wakes the peer's writer", PeerCases::closeWakesWriter),
                Crew.over(source, "an abort wakes the peer's reader", PeerCases::abortWakesReader),
                Crew.over(source, "an abort wakes the peer's writer", PeerCases::abortWakesWriter),
                Crew.over(source, "writes to a closed peer fail for good", PeerCases::gone),
                Crew.over(source, "writes to an aborted peer fail for good", PeerCases::lost),
                Crew.over(source, "closing after the peer does no harm", PeerCases::closeAfter));
    }

    private static void closed(ChannelPair pair, Crew crew) throws Exception {
        byte[] sent = Moves.pattern(0, SOME_BYTES);
        crew.start("writer", () -> writeAndThen(pair.first(), sent, Channel::close));
        Expect.bytes(sent, Moves.readToEnd(pair.second()), "bytes before the end");
        for (int i = 0; i < 3; i++) {
            pair.second().awaitReadable();
            Expect.equal(-1, Moves.tryReadByte(pair.second()), "tryRead after the end");
        }
    }

    private interface Closing {
        void close(Channel channel);
    }

    private static void writeAndThen(Channel channel, byte[] bytes, Closing closing)
            throws IOException, InterruptedException {
        Moves.write(channel, bytes);
        closing.close(channel);
    }

    private static void aborted(ChannelPair pair, Crew crew) throws Exception {
        byte[] sent = Moves.pattern(0, SOME_BYTES);
        crew.start("writer", () -> writeAndThen(pair.first(), sent, Channel::abort));
        requireError(pair.second(), sent);
    }

    static void requireError(Channel channel, byte[] before) throws Exception {
        var received = new ByteArrayOutputStream();
        Expect.throwing(
                IOException.class,
                "reading from a peer that aborts",
                () -> {
                    Moves.readToEnd(channel, received);
                    return received.size() + " bytes, then the end";
                });
        Expect.bytes(before, received.toByteArray(), "bytes before the error");
        for (int i = 0; i < 3; i++) {
            channel.awaitReadable();
            Expect.throwing(
                    IOException.class,
                    "reading again after that",
                    () -> Moves.tryReadByte(channel));
        }
    }

    private static void closeWakesReader(ChannelPair pair, Crew crew) throws Exception {
        var reader = crew.start("reader", () -> Moves.readToEnd(pair.second())).awaitWaiting();
        pair.first().close();
        Expect.equal(0, reader.join().length, "bytes before the end");
    }

    private static void closeWakesWriter(ChannelPair pair, Crew crew) throws Exception {
        Moves.fill(pair.second());
        crew.start("writer", () -> Moves.writeUntilFailure(pair.second())).awaitWaiting();
        pair.first().close();
    }

    private static void abortWakesReader(ChannelPair pair, Crew crew) throws Exception {
        crew.start("reader", () -> requireError(pair.second(), new byte[0])).awaitWaiting();
        pair.first().abort();
    }

    private static void abortWakesWriter(ChannelPair pair, Crew crew) throws Exception {
        Moves.fill(pair.second());
        crew.start("writer", () -> Moves.writeUntilFailure(pair.second())).awaitWaiting();
        pair.first().abort();
    }

    private static void gone(ChannelPair pair, Crew crew) throws Exception {
        pair.first().close();
        requireFailingWrites(pair.second());
    }

    private static void lost(ChannelPair pair, Crew crew) throws Exception {
        pair.first().abort();
        requireFailingWrites(pair.second());
    }

    private static void requireFailingWrites(Channel channel) throws Exception {
        Moves.writeUntilFailure(channel);
        for (int i = 0; i < 10; i++) {
            channel.awaitWritable();
            Expect.throwing(
                    IOException.class,
                    "tryWrite after it has failed",
                    () -> Moves.tryWriteByte(channel));
        }
    }

    private static void closeAfter(ChannelPair pair, Crew crew) throws Exception {
        pair.first().close();
        Expect.equal(0, Moves.readToEnd(pair.second()).length, "bytes before the end");
        try {
            pair.second().shutdownOutput();
        } catch (IOException e) {
            // a driver may know by now that nobody is there
        }
        pair.second().close();
        pair.first().abort();
    }
}
