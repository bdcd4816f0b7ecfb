package io.loomline.peers;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;

/** Against {@code nc}, OpenBSD's. */
class NetcatPeerTest extends PeerContract {
    private static final Pattern ANNOUNCEMENT =
            Pattern.compile("Listening on 127\\.0\\.0\\.1 (\\d+)\n");

    /** It ends its output when its standard input ends: nc(1), option {@code -N}. */
    @Override
    Peer connect(int port) throws Exception {
        return PipePeer.connect(children, List.of(nc(), "-N", "127.0.0.1", "" + port));
    }

    @Override
    Peer listen() throws Exception {
        return PipePeer.listen(
                children, List.of(nc(), "-N", "-n", "-v", "-l", "127.0.0.1", "0"), ANNOUNCEMENT);
    }

    @Override
    @ParameterizedTest
    @EnumSource
    void hearsThePeerAfterItHasEndedItsOwnOutput(Listening who) throws Exception {
        assumeTrue(who == Listening.WE, "nc -l ends as soon as its input does");
        super.hearsThePeerAfterItHasEndedItsOwnOutput(who);
    }

    /** Other programs of that name have other options. */
    private String nc() throws IOException, InterruptedException {
        String nc = Children.require("nc", "netcat-openbsd");
        Process help = children.start(List.of(nc, "-h"));
        help.waitFor();
        assumeTrue(children.messages(help).startsWith("OpenBSD"), nc + " is not netcat-openbsd");
        return nc;
    }
}
