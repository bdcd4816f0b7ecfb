package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.net.Connection;
import io.loomline.stream.Limits;
import io.loomline.testing.ConnectionPair;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;

/** Peers that are too slow: the call throws, and the connection stays usable. */
final class LimitCases {
    private static final Limits DEMANDING =
            Limits.NONE.withMinimumRate(1_000_000, Duration.ofMillis(10));

    private LimitCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                over(source, "a message below the minimum rate is cut", LimitCases::slowMessage),
                over(source, "a body below the minimum rate is cut", LimitCases::slowBody));
    }

    private static void slowMessage(ConnectionPair pair, CaseThreads threads) throws Exception {
        Connection reader = pair.second();
        reader.limits(DEMANDING);
        threads.start("writer", () -> pair.first().write("half "));
        Expect.throwing(SocketTimeoutException.class, "half a line", reader::readLine);
        Expect.throwing(SocketTimeoutException.class, "half a message", () -> reader.peek(6));
        reader.limits(Limits.NONE);
        threads.start("writer", () -> pair.first().writeLine("line"));
        Expect.equal("half line", reader.readLine(), "the line");
    }

    private static void slowBody(ConnectionPair pair, CaseThreads threads) throws Exception {
        Connection reader = pair.second();
        reader.limits(DEMANDING);
        threads.start("writer", () -> pair.first().write("12345"));
        try (var body = reader.inputStream(10)) {
            Expect.throwing(SocketTimeoutException.class, "half a body", body::readAllBytes);
            reader.limits(Limits.NONE);
            threads.start("writer", () -> pair.first().write("67890"));
            Expect.equal(5, body.readAllBytes().length, "the rest of the body");
        }
        Expect.equal(10L, reader.bytesRead(), "the bytes read");
    }
}
