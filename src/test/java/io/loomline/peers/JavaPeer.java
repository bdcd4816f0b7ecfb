package io.loomline.peers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** The JDK's own blocking sockets. */
final class JavaPeer extends StreamPeer {
    /** Bounds a test that fails. */
    private static final int READ_LIMIT_MILLIS = 30_000;

    private final ServerSocket listener;
    private Socket socket;

    private JavaPeer(ServerSocket listener) {
        this.listener = listener;
    }

    static JavaPeer connect(int port) throws IOException {
        var peer = new JavaPeer(null);
        peer.use(new Socket(InetAddress.getLoopbackAddress(), port));
        return peer;
    }

    static JavaPeer listen() throws IOException {
        return new JavaPeer(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    }

    private void use(Socket connected) throws IOException {
        socket = connected;
        socket.setSoTimeout(READ_LIMIT_MILLIS);
        use(socket.getInputStream(), socket.getOutputStream());
    }

    @Override
    public int port() {
        return listener.getLocalPort();
    }

    @Override
    public void accept() throws IOException {
        use(listener.accept());
    }

    @Override
    public void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void vanish() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        if (socket != null) socket.close();
        if (listener != null) listener.close();
    }
}
