package loomline.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** The load's end of a connection: plaintext in and out, without blocking, over TCP or over TLS. */
interface Wire {
    /** How a load connects. */
    interface Wires {
        Wire connect(int port) throws IOException;
    }

    /** For the selector. */
    SocketChannel channel();

    /** Returns how many bytes have come, 0 if none have, or -1 at the end. */
    int read(ByteBuffer target) throws IOException;

    /** Returns how many bytes were taken. Without bytes it sends what earlier calls have left. */
    int write(ByteBuffer source) throws IOException;

    /** What to select for, if the load has more to write or not. */
    int interest(boolean hasMore);

    /** Whether the handshake has resumed a session. */
    boolean isResumed();

    void shutdownOutput() throws IOException;

    /** Ends this side and waits for the end of the other. A byte instead is one that nobody asked for. */
    void finish() throws IOException;

    void close() throws IOException;

    /** TCP as it is. */
    record Plain(SocketChannel channel) implements Wire {
        static Wire connect(int port) throws IOException {
            return new Plain(Load.connect(port));
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            return channel.read(target);
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            return channel.write(source);
        }

        @Override
        public int interest(boolean hasMore) {
            return hasMore ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        }

        @Override
        public boolean isResumed() {
            return false;
        }

        @Override
        public void shutdownOutput() throws IOException {
            channel.shutdownOutput();
        }

        @Override
        public void finish() throws IOException {
            Load.finish(channel);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
