package io.loomline.testing.contract;

import io.loomline.driver.Channel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A reset is never read as an end. A kernel reports the error of a socket to one call only,
 * SO_ERROR in socket(7); where a write gets it, the reads that follow would see the end of the
 * input.
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
                CaseThreads.over(source, "a reset that a write meets is no end", cases::writeFirst),
                CaseThreads.over(
                        source, "a reset that a read meets is no end later", cases::readFirst),
                CaseThreads.over(source, "reads and writes race a reset: no end", cases::race));
    }

    /** Writes what fits, so that an abort drops unread bytes: only then a Unix socket resets. */
    private static byte[] resetAfterSome(Channel own, Channel peer) throws IOException {
        var _ = own.tryWrite(ByteBuffer.wrap(new byte[10]));
        byte[] row = ChannelIo.pattern(0, 100);
        int taken = peer.tryWrite(ByteBuffer.wrap(row));
        peer.abort();
        return ChannelIo.pattern(0, taken);
    }

    private void writeFirst(ChannelPair pair, CaseThreads crew) throws Exception {
        byte[] row = resetAfterSome(pair.first(), pair.second());
        ChannelIo.writeUntilFailure(pair.first());
        PeerCases.requireError(pair.first(), row);
    }

    private void readFirst(ChannelPair pair, CaseThreads crew) throws Exception {
        byte[] row = resetAfterSome(pair.first(), pair.second());
        PeerCases.requireError(pair.first(), row);
        ChannelIo.writeUntilFailure(pair.first());
        PeerCases.requireError(pair.first(), new byte[0]);
    }

    /** Whichever of the two the kernel tells first, and however shortly before the other asks. */
    private void race(ChannelPair unused, CaseThreads crew) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            int spins = round * 7_919 % MAX_SPINS;
            try (ChannelPair pair = source.open()) {
                var reader = crew.start("reader", () -> readToFailure(pair.first()));
                var writer = crew.start("writer", () -> ChannelIo.writeUntilFailure(pair.first()));
                ChannelIo.read(pair.second(), 1); // the writer is under way
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
                "reading while the peer resets",
                () -> {
                    ChannelIo.readToEnd(from, received);
                    return "the end";
                });
    }
}
