package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.driver.Channel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A reset is never read as an end. The kernel reports the error of a socket only once: if a write
 * gets it, later reads would see the end of the input.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>,
 * SO_ERROR: "Get and clear the pending socket error."
 */
final class ResetCases {
    private static final int ROUNDS = 60;
    private static final int MAX_SPINS = 3_000;

    private final ChannelPair.Source source;

    private ResetCases(ChannelPair.Source source) {
        this.source = source;
    }

    static List<ContractCase> of(ChannelPair.Source source) {
        var cases = new ResetCases(source);
        return List.of(
                over(source, "after a write fails with a reset, reads fail too", cases::writeFirst),
                over(
                        source,
                        "after a read fails with a reset, later reads fail too",
                        cases::readFirst),
                over(source, "a racing reset is never read as an end", cases::race));
    }

    /** Aborts the peer while it has unread bytes, because only then a Unix socket resets. */
    private static byte[] resetAfterBytes(Channel own, Channel peer) throws IOException {
        var _ = own.tryWrite(ByteBuffer.wrap(new byte[10]));
        byte[] sent = ChannelIo.pattern(0, 100);
        int written = peer.tryWrite(ByteBuffer.wrap(sent));
        peer.abort();
        return ChannelIo.pattern(0, written);
    }

    private void writeFirst(ChannelPair pair, CaseThreads threads) throws Exception {
        byte[] sent = resetAfterBytes(pair.first(), pair.second());
        ChannelIo.writeUntilFailure(pair.first());
        PeerCases.requireError(pair.first(), sent);
    }

    private void readFirst(ChannelPair pair, CaseThreads threads) throws Exception {
        byte[] sent = resetAfterBytes(pair.first(), pair.second());
        PeerCases.requireError(pair.first(), sent);
        ChannelIo.writeUntilFailure(pair.first());
        PeerCases.requireError(pair.first(), new byte[0]);
    }

    /** Whichever call the kernel reports the error to, and however close the two calls are. */
    private void race(ChannelPair unused, CaseThreads threads) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            int spins = round * 7_919 % MAX_SPINS;
            try (ChannelPair pair = source.open()) {
                var reader = threads.start("reader", () -> readToFailure(pair.first()));
                var writer =
                        threads.start("writer", () -> ChannelIo.writeUntilFailure(pair.first()));
                ChannelIo.read(pair.second(), 1); // the writer has started
                CaseThreads.spin(spins);
                pair.second().abort();
                reader.join();
                writer.join();
            }
        }
    }

    private static void readToFailure(Channel from) {
        var received = new ByteArrayOutputStream();
        Expect.throwing(
                IOException.class,
                "a read while the peer resets",
                () -> {
                    ChannelIo.readToEnd(from, received);
                    return "the end";
                });
    }
}
