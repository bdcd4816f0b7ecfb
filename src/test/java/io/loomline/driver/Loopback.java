package io.loomline.driver;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Addresses, bytes and listeners on the loopback interface, for tests of drivers. */
public final class Loopback {
    private Loopback() {}

    public static SocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    /** Returns a port without a listener. */
    public static SocketAddress unusedPort() throws IOException {
        try (var socket = ServerSocketChannel.open()) {
            return socket.bind(anyPort()).getLocalAddress();
        }
    }

    public static void write(Channel to, byte value) throws IOException, InterruptedException {
        var bytes = ByteBuffer.wrap(new byte[] {value});
        while (to.tryWrite(bytes) == 0) to.awaitWritable();
    }

    /** Reads the next byte; -1 at the end. */
    public static int read(Channel from) throws IOException, InterruptedException {
        var bytes = ByteBuffer.allocate(1);
        int moved;
        while ((moved = from.tryRead(bytes)) == 0) from.awaitReadable();
        return moved < 0 ? moved : Byte.toUnsignedInt(bytes.get(0));
    }

    public static int readToEnd(Channel from) throws IOException, InterruptedException {
        int count = 0;
        while (read(from) >= 0) count++;
        return count;
    }

    /** A listener whose queue is full, so that Linux does not answer connects. */
    public static final class Clogged implements AutoCloseable {
        private final ServerSocketChannel listener = ServerSocketChannel.open();
        private final List<SocketChannel> queue = new ArrayList<>();

        Clogged() throws IOException {
            listener.bind(anyPort(), 1);
            for (int i = 0; i < 4; i++) {
                SocketChannel socket = SocketChannel.open();
                queue.add(socket);
                socket.configureBlocking(false);
                socket.connect(address());
            }
        }

        SocketAddress address() throws IOException {
            return listener.getLocalAddress();
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel socket : queue) socket.close();
            listener.close();
        }
    }
}
