package io.loomline.testing.contract;

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
                CaseThreads.over(
                        source, "the peer of a close gets bytes, then end", PeerCases::closed),
                CaseThreads.over(
                        source, "the peer of an abort gets bytes, then error", PeerCases::aborted),
                CaseThreads.over(
                        source, "a close wakes the peer's reader", PeerCases::closeWakesReader),
                CaseThreads.over(
                        source, "a close wakes the peer's writer", PeerCases::closeWakesWriter),
                CaseThreads.over(
                        source, "an abort wakes the peer's reader", PeerCases::abortWakesReader),
                CaseThreads.over(
                        source, "an abort wakes the peer's writer", PeerCases::abortWakesWriter),
                CaseThreads.over(source, "writes to a closed peer fail for good", PeerCases::gone),
                CaseThreads.over(
                        source, "writes to an aborted peer fail for good", PeerCases::lost),
                CaseThreads.over(
                        source, "closing after the peer does no harm", PeerCases::closeAfter));
    }

    private static void closed(ChannelPair pair, CaseThreads crew) throws Exception {
        byte[] sent = ChannelIo.pattern(0, SOME_BYTES);
        crew.start("writer", () -> writeAndThen(pair.first(), sent, Channel::close));
        Expect.bytes(sent, ChannelIo.readToEnd(pair.second()), "bytes before the end");
        for (int i = 0; i < 3; i++) {
            pair.second().awaitReadable();
            Expect.equal(-1, ChannelIo.tryReadByte(pair.second()), "tryRead after the end");
        }
    }

    private interface Closing {
        void close(Channel channel);
    }

    private static void writeAndThen(Channel channel, byte[] bytes, Closing closing)
            throws IOException, InterruptedException {
        ChannelIo.write(channel, bytes);
        closing.close(channel);
    }

    private static void aborted(ChannelPair pair, CaseThreads crew) throws Exception {
        byte[] sent = ChannelIo.pattern(0, SOME_BYTES);
        crew.start("writer", () -> writeAndThen(pair.first(), sent, Channel::abort));
        requireError(pair.second(), sent);
    }

    static void requireError(Channel channel, byte[] before) throws Exception {
        var received = new ByteArrayOutputStream();
        Expect.throwing(
                IOException.class,
                "reading from a peer that aborts",
                () -> {
                    ChannelIo.readToEnd(channel, received);
                    return received.size() + " bytes, then the end";
                });
        Expect.bytes(before, received.toByteArray(), "bytes before the error");
        for (int i = 0; i < 3; i++) {
            channel.awaitReadable();
            Expect.throwing(
                    IOException.class,
                    "reading again after that",
                    () -> ChannelIo.tryReadByte(channel));
        }
    }

    private static void closeWakesReader(ChannelPair pair, CaseThreads crew) throws Exception {
        var reader = crew.start("reader", () -> ChannelIo.readToEnd(pair.second())).awaitWaiting();
        pair.first().close();
        Expect.equal(0, reader.join().length, "bytes before the end");
    }

    private static void closeWakesWriter(ChannelPair pair, CaseThreads crew) throws Exception {
        ChannelIo.fill(pair.second());
        crew.start("writer", () -> ChannelIo.writeUntilFailure(pair.second())).awaitWaiting();
        pair.first().close();
    }

    private static void abortWakesReader(ChannelPair pair, CaseThreads crew) throws Exception {
        crew.start("reader", () -> requireError(pair.second(), new byte[0])).awaitWaiting();
        pair.first().abort();
    }

    private static void abortWakesWriter(ChannelPair pair, CaseThreads crew) throws Exception {
        ChannelIo.fill(pair.second());
        crew.start("writer", () -> ChannelIo.writeUntilFailure(pair.second())).awaitWaiting();
        pair.first().abort();
    }

    private static void gone(ChannelPair pair, CaseThreads crew) throws Exception {
        pair.first().close();
        requireFailingWrites(pair.second());
    }

    private static void lost(ChannelPair pair, CaseThreads crew) throws Exception {
        pair.first().abort();
        requireFailingWrites(pair.second());
    }

    private static void requireFailingWrites(Channel channel) throws Exception {
        ChannelIo.writeUntilFailure(channel);
        for (int i = 0; i < 10; i++) {
            channel.awaitWritable();
            Expect.throwing(
                    IOException.class,
                    "tryWrite after it has failed",
                    () -> ChannelIo.tryWriteByte(channel));
        }
    }

    private static void closeAfter(ChannelPair pair, CaseThreads crew) throws Exception {
        pair.first().close();
        Expect.equal(0, ChannelIo.readToEnd(pair.second()).length, "bytes before the end");
        try {
            pair.second().shutdownOutput();
        } catch (IOException e) {
            // a driver may know by now that nobody is there
        }
        pair.second().close();
        pair.first().abort();
    }
}
