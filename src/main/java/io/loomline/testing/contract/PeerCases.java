package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.driver.Channel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;

/** The effects of a close and of an abort on the peer. */
final class PeerCases {
    private static final int SOME_BYTES = 1_000;

    private PeerCases() {}

    static List<ContractCase> of(ChannelPair.Source source) {
        return List.of(
                over(
                        source,
                        "after a close, the peer reads the bytes, then the end",
                        PeerCases::closed),
                over(
                        source,
                        "after an abort, the peer reads the bytes, then an error",
                        PeerCases::aborted),
                over(source, "close wakes the peer's reader", PeerCases::closeWakesReader),
                over(source, "close wakes the peer's writer", PeerCases::closeWakesWriter),
                over(source, "abort wakes the peer's reader", PeerCases::abortWakesReader),
                over(source, "abort wakes the peer's writer", PeerCases::abortWakesWriter),
                over(source, "writes to a closed peer keep failing", PeerCases::writesAfterClose),
                over(source, "writes to an aborted peer keep failing", PeerCases::writesAfterAbort),
                over(source, "a channel can be closed after its peer", PeerCases::closeAfterPeer));
    }

    private static void closed(ChannelPair pair, CaseThreads threads) throws Exception {
        byte[] sent = ChannelIo.pattern(0, SOME_BYTES);
        threads.start("writer", () -> writeAndThen(pair.first(), sent, Channel::close));
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

    private static void aborted(ChannelPair pair, CaseThreads threads) throws Exception {
        byte[] sent = ChannelIo.pattern(0, SOME_BYTES);
        threads.start("writer", () -> writeAndThen(pair.first(), sent, Channel::abort));
        requireError(pair.second(), sent);
    }

    static void requireError(Channel channel, byte[] before) throws Exception {
        var received = new ByteArrayOutputStream();
        Expect.throwing(
                IOException.class,
                "a read from a peer that aborts",
                () -> {
                    ChannelIo.readToEnd(channel, received);
                    return received.size() + " bytes, then the end";
                });
        Expect.bytes(before, received.toByteArray(), "bytes before the error");
        for (int i = 0; i < 3; i++) {
            channel.awaitReadable();
            Expect.throwing(
                    IOException.class, "another read", () -> ChannelIo.tryReadByte(channel));
        }
    }

    private static void closeWakesReader(ChannelPair pair, CaseThreads threads) throws Exception {
        var reader =
                threads.start("reader", () -> ChannelIo.readToEnd(pair.second())).awaitWaiting();
        pair.first().close();
        Expect.equal(0, reader.join().length, "bytes before the end");
    }

    private static void closeWakesWriter(ChannelPair pair, CaseThreads threads) throws Exception {
        ChannelIo.fill(pair.second());
        threads.start("writer", () -> ChannelIo.writeUntilFailure(pair.second())).awaitWaiting();
        pair.first().close();
    }

    private static void abortWakesReader(ChannelPair pair, CaseThreads threads) throws Exception {
        threads.start("reader", () -> requireError(pair.second(), new byte[0])).awaitWaiting();
        pair.first().abort();
    }

    private static void abortWakesWriter(ChannelPair pair, CaseThreads threads) throws Exception {
        ChannelIo.fill(pair.second());
        threads.start("writer", () -> ChannelIo.writeUntilFailure(pair.second())).awaitWaiting();
        pair.first().abort();
    }

    private static void writesAfterClose(ChannelPair pair, CaseThreads threads) throws Exception {
        pair.first().close();
        requireFailingWrites(pair.second());
    }

    private static void writesAfterAbort(ChannelPair pair, CaseThreads threads) throws Exception {
        pair.first().abort();
        requireFailingWrites(pair.second());
    }

    private static void requireFailingWrites(Channel channel) throws Exception {
        ChannelIo.writeUntilFailure(channel);
        for (int i = 0; i < 10; i++) {
            channel.awaitWritable();
            Expect.throwing(
                    IOException.class,
                    "tryWrite after a failed write",
                    () -> ChannelIo.tryWriteByte(channel));
        }
    }

    private static void closeAfterPeer(ChannelPair pair, CaseThreads threads) throws Exception {
        pair.first().close();
        Expect.equal(0, ChannelIo.readToEnd(pair.second()).length, "bytes before the end");
        try {
            pair.second().shutdownOutput();
        } catch (IOException e) {
            // a driver may already know that the peer has closed
        }
        pair.second().close();
        pair.first().abort();
    }
}
