package io.loomline.testing.contract;

import java.io.IOException;
import java.util.List;

/** One direction ends, the other goes on. */
final class EndCases {
    private static final int SOME_BYTES = 1_000;

    private EndCases() {}

    static List<ContractCase> of(ChannelPair.Source source) {
        return List.of(
                CaseThreads.over(
                        source, "the end comes after the bytes, again and again", EndCases::end),
                CaseThreads.over(
                        source, "after one end the other direction flows", EndCases::reverse),
                CaseThreads.over(source, "shutdownOutput twice is as once", EndCases::twice),
                CaseThreads.over(
                        source, "tryWrite throws after shutdownOutput", EndCases::noMoreWrites),
                CaseThreads.over(source, "both directions end", EndCases::both),
                CaseThreads.over(source, "the end wakes the peer's reader", EndCases::wakesReader),
                CaseThreads.over(
                        source, "shutdownOutput wakes the own writer", EndCases::wakesWriter));
    }

    private static void end(ChannelPair pair, CaseThreads crew) throws Exception {
        byte[] sent = ChannelIo.pattern(0, SOME_BYTES);
        crew.start(
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

    private static void reverse(ChannelPair pair, CaseThreads crew) throws Exception {
        pair.first().shutdownOutput();
        Expect.equal(0, ChannelIo.readToEnd(pair.second()).length, "bytes before the end");
        byte[] sent = ChannelIo.pattern(0, SOME_BYTES);
        crew.start(
                "second",
                () -> {
                    ChannelIo.write(pair.second(), sent);
                    pair.second().close();
                });
        Expect.bytes(sent, ChannelIo.readToEnd(pair.first()), "what came back");
    }

    private static void twice(ChannelPair pair, CaseThreads crew) throws Exception {
        pair.first().shutdownOutput();
        pair.first().shutdownOutput();
        Expect.equal(0, ChannelIo.readToEnd(pair.second()).length, "bytes before the end");
        pair.first().shutdownOutput();
    }

    private static void noMoreWrites(ChannelPair pair, CaseThreads crew) throws Exception {
        pair.first().shutdownOutput();
        for (int i = 0; i < 3; i++) {
            pair.first().awaitWritable(); // a try would throw, so there is nothing to wait for
            Expect.throwing(
                    IOException.class,
                    "tryWrite after shutdownOutput",
                    () -> ChannelIo.tryWriteByte(pair.first()));
        }
    }

    private static void both(ChannelPair pair, CaseThreads crew) throws Exception {
        pair.first().shutdownOutput();
        pair.second().shutdownOutput();
        Expect.equal(0, ChannelIo.readToEnd(pair.first()).length, "bytes before the first's end");
        Expect.equal(0, ChannelIo.readToEnd(pair.second()).length, "bytes before the second's end");
    }

    private static void wakesReader(ChannelPair pair, CaseThreads crew) throws Exception {
        var reader = crew.start("reader", () -> ChannelIo.readToEnd(pair.second())).awaitWaiting();
        pair.first().shutdownOutput();
        Expect.equal(0, reader.join().length, "bytes before the end");
    }

    private static void wakesWriter(ChannelPair pair, CaseThreads crew) throws Exception {
        ChannelIo.fill(pair.first());
        crew.start("writer", () -> ChannelIo.writeUntilFailure(pair.first())).awaitWaiting();
        pair.first().shutdownOutput();
    }
}
