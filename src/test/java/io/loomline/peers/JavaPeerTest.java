package io.loomline.peers;

/** Against the JDK's {@link java.net.Socket} and {@link java.net.ServerSocket}. */
class JavaPeerTest extends PeerContract {
    @Override
    Peer connect(int port) throws Exception {
        return JavaPeer.connect(port);
    }

    @Override
    Peer listen() throws Exception {
        return JavaPeer.listen();
    }
}
