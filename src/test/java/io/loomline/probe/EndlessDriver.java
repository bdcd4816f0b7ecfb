package io.loomline.probe;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.PacketChannel;
import io.loomline.driver.SocketOptions;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;

/** A driver whose calls never wait: peers send lines endlessly and accept every write. */
public final class EndlessDriver implements Driver {
    private static final SocketAddress ADDRESS = LoopbackAddress.of(7777);

    private static final byte[] LINES =
            ("x".repeat(63) + "\n").repeat(1000).getBytes(StandardCharsets.UTF_8);

    @Override
    public Channel connect(SocketAddress remote, SocketAddress local, SocketOptions options) {
        return new EndlessChannel(false);
    }

    @Override
    public Acceptor listen(SocketAddress local, int backlog, SocketOptions options) {
        return new EndlessAcceptor();
    }

    @Override
    public PacketChannel openPackets(
            SocketAddress local, SocketAddress remote, SocketOptions options) {
        return new EndlessPackets();
    }

    @Override
    public void close() {}

    /** The common methods, with the names of the interfaces that they implement. */
    @SuppressWarnings({"EffectivelyPrivate", "UnusedMethod"}) // they implement public interfaces
    private static class Closeable {
        private volatile boolean closed;

        void requireOpen() throws ClosedChannelException {
            if (closed) throw new ClosedChannelException();
        }

        public void close() {
            closed = true;
        }

        public void awaitReadable() {
            if (!closed) throw new AssertionError("a wait, although the call is always ready");
        }

        public void awaitWritable() {
            awaitReadable();
        }

        public SocketAddress localAddress() {
            return ADDRESS;
        }
    }

    private static final class EndlessChannel extends Closeable implements Channel {
        private final boolean inputEnded;

        EndlessChannel(boolean inputEnded) {
            this.inputEnded = inputEnded;
        }

        @Override
        public int tryRead(ByteBuffer target) throws IOException {
            requireOpen();
            if (inputEnded) return -1;
            int length = target.remaining();
            while (target.hasRemaining()) {
                target.put(LINES, 0, Math.min(LINES.length, target.remaining()));
            }
            return length;
        }

        @Override
        public int tryWrite(ByteBuffer source) throws IOException {
            requireOpen();
            int length = source.remaining();
            source.position(source.limit());
            return length;
        }

        @Override
        public void shutdownOutput() {}

        @Override
        public void abort() {
            close();
        }

        @Override
        public SocketAddress remoteAddress() {
            return ADDRESS;
        }
    }

    private static final class EndlessAcceptor extends Closeable implements Acceptor {
        @Override
        public Channel accept() throws IOException {
            requireOpen();
            return new EndlessChannel(true); // otherwise each close would drain it for a second
        }
    }

    private static final class EndlessPackets extends Closeable implements PacketChannel {
        @Override
        public SocketAddress tryReceive(ByteBuffer target) throws IOException {
            requireOpen();
            target.put((byte) 'x');
            return ADDRESS;
        }

        @Override
        public boolean trySend(ByteBuffer source, SocketAddress receiver) throws IOException {
            requireOpen();
            source.position(source.limit());
            return true;
        }
    }
}
