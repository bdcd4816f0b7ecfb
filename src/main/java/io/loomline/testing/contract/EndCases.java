package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import java.io.IOException;
import java.util.List;

/** The end of one direction, which leaves the other direction open. */
final class EndCases {
    private static final int SOME_BYTES = 1_000;

    private EndCases() {}

    static List<ContractCase> of(ChannelPair.Source source) {
        return List.of(
                over(source, "the end follows the bytes and repeats", EndCases::end),
                over(source, "the other direction works after shutdownOutput", EndCases::reverse),
                over(source, "shutdownOutput is idempotent", EndCases::idempotent),
                over(source, "tryWrite throws after shutdownOutput", EndCases::noMoreWrites),
                over(source, "both directions can end", EndCases::both),
                over(source, "shutdownOutput wakes the peer's reader", EndCases::wakesReader),
                over(source, "shutdownOutput wakes the local writer", EndCases::wakesWriter));
    }

    private static void end(ChannelPair pair, CaseThreads threads) throws Exception {
        byte[] sent = ChannelIo.pattern(0, SOME_BYTES);
        threads.start(
                "writer",
                () -> {
                    ChannelIo.write(pair.first(), sent);
                    pair.first().shutdownOutput();
                });
        Expect.bytes(sent, ChannelIo.readToEnd(pair.second()), "bytes before the end");
        for (int i = 0; i < 10; i++) {
            pair.second().awaitReadable();
            Expect.equal(-1, ChannelIo.tryReadByte(pair.second()), "tryRead after the end");
        }
    }

    private static void reverse(ChannelPair pair, CaseThreads threads) throws Exception {
        pair.first().shutdownOutput();
        Expect.equal(0, ChannelIo.readToEnd(pair.second()).length, "bytes before the end");
        byte[] sent = ChannelIo.pattern(0, SOME_BYTES);
        threads.start(
                "second",
                () -> {
                    ChannelIo.write(pair.second(), sent);
                    pair.second().close();
                });
        Expect.bytes(sent, ChannelIo.readToEnd(pair.first()), "the bytes sent back");
    }

    private static void idempotent(ChannelPair pair, CaseThreads threads) throws Exception {
        pair.first().shutdownOutput();
        pair.first().shutdownOutput();
        Expect.equal(0, ChannelIo.readToEnd(pair.second()).length, "bytes before the end");
        pair.first().shutdownOutput();
    }

    private static void noMoreWrites(ChannelPair pair, CaseThreads threads) throws Exception {
        pair.first().shutdownOutput();
        for (int i = 0; i < 3; i++) {
            pair.first().awaitWritable(); // returns at once, because a try would throw
            Expect.throwing(
                    IOException.class,
                    "tryWrite after shutdownOutput",
                    () -> ChannelIo.tryWriteByte(pair.first()));
        }
    }

    private static void both(ChannelPair pair, CaseThreads threads) throws Exception {
        pair.first().shutdownOutput();
        pair.second().shutdownOutput();
        Expect.equal(0, ChannelIo.readToEnd(pair.first()).length, "bytes before the first's end");
        Expect.equal(0, ChannelIo.readToEnd(pair.second()).length, "bytes before the second's end");
    }

    private static void wakesReader(ChannelPair pair, CaseThreads threads) throws Exception {
        var reader =
                threads.start("reader", () -> ChannelIo.readToEnd(pair.second())).awaitWaiting();
        pair.first().shutdownOutput();
        Expect.equal(0, reader.join().length, "bytes before the end");
    }

    private static void wakesWriter(ChannelPair pair, CaseThreads threads) throws Exception {
        ChannelIo.fill(pair.first());
        threads.start("writer", () -> ChannelIo.writeUntilFailure(pair.first())).awaitWaiting();
        pair.first().shutdownOutput();
    }
}
