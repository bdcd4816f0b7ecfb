package io.loomline.peers;

/** Against Python's asyncio streams. */
class PythonPeerTest extends PeerContract {
    @Override
    Peer connect(int port) throws Exception {
        return PythonPeer.connect(children, port);
    }

    @Override
    Peer listen() throws Exception {
        return PythonPeer.listen(children);
    }
}
