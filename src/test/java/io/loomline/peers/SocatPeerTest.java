package io.loomline.peers;

import io.loomline.probe.Programs;

import java.util.List;
import java.util.regex.Pattern;

/** Against {@code socat}. */
class SocatPeerTest extends PeerContract {
    /** The time for which the other direction stays open after one has ended. */
    private static final String HALF_CLOSED_SECONDS = "60";

    private static final Pattern ANNOUNCEMENT =
            Pattern.compile("listening on AF=2 127\\.0\\.0\\.1:(\\d+)\n");

    @Override
    Peer connect(int port) throws Exception {
        String address = "TCP4:127.0.0.1:" + port;
        return PipePeer.connect(
                children, List.of(socat(), "-t", HALF_CLOSED_SECONDS, "STDIO", address));
    }

    @Override
    Peer listen() throws Exception {
        String address = "TCP4-LISTEN:0,bind=127.0.0.1";
        return PipePeer.listen(
                children,
                List.of(socat(), "-d", "-d", "-t", HALF_CLOSED_SECONDS, address, "STDIO"),
                ANNOUNCEMENT);
    }

    private static String socat() {
        return Programs.require("socat", "socat");
    }
}
