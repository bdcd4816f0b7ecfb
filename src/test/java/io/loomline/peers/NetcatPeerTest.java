package io.loomline.peers;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.regex.Pattern;

/** Against OpenBSD's {@code nc}. */
class NetcatPeerTest extends PeerContract {
    private static final Pattern ANNOUNCEMENT =
            Pattern.compile("Listening on 127\\.0\\.0\\.1 (\\d+)\n");

    /** With {@code -N}, it ends its output at the end of its standard input: nc(1). */
    @Override
    Peer connect(int port) throws Exception {
        return PipePeer.connect(
                children, List.of(children.requireNetcat(), "-N", "127.0.0.1", "" + port));
    }

    @Override
    Peer listen() throws Exception {
        return PipePeer.listen(
                children,
                List.of(children.requireNetcat(), "-N", "-n", "-v", "-l", "127.0.0.1", "0"),
                ANNOUNCEMENT);
    }

    @Override
    @ParameterizedTest
    @EnumSource
    void readsThePeerAfterEndingItsOwnOutput(ListeningSide side) throws Exception {
        assumeTrue(side == ListeningSide.LOOMLINE, "nc -l exits at the end of its input");
        super.readsThePeerAfterEndingItsOwnOutput(side);
    }
}
