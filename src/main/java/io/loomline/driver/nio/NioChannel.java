package io.loomline.driver.nio;

import io.loomline.driver.PeerCredentials;
import io.loomline.driver.SocketStream;
import io.loomline.driver.unix.ClientAddress;
import io.loomline.driver.unix.NumericPrincipal;

import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;

/**
 * A socket of the JDK. The JDK's channel guards against the use of a closed descriptor: it closes
 * the descriptor only when no read or write is in progress and the selector has released it.
 */
final class NioChannel extends SocketStream {
    /**
     * Limits the memory outside the heap. The JDK copies the bytes of an array there, all that one
     * call moves, and each carrier keeps its largest copy. Smaller steps wake the peer too often:
     * steps of 128 KiB reduce the throughput by a tenth compared to 1 MiB.
     */
    private static final int STEP_BYTES = 512 * 1024;

    private final SocketChannel socket;
    private final NioKey key;

    private NioChannel(
            SocketChannel socket, NioKey key, SocketAddress remote, SocketAddress local) {
        super(remote, local);
        this.socket = socket;
        this.key = key;
    }

    /** Takes ownership of a connected non-blocking socket, and closes it if this fails. */
    static NioChannel adopt(NioLoop loop, SocketChannel socket, SocketAddress local)
            throws IOException {
        try {
            SocketAddress remote = socket.getRemoteAddress();
            var key = NioKey.register(loop, socket, SelectionKey.OP_READ, SelectionKey.OP_WRITE);
            return new NioChannel(
                    socket, key, ClientAddress.of(remote, local), ClientAddress.of(local, remote));
        } catch (Throwable e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        int limit = narrow(target);
        try {
            int moved = socket.read(target);
            return moved < 0 ? endOfInput() : moved;
        } catch (IOException e) {
            throw failure(e);
        } finally {
            target.limit(limit);
        }
    }

    /** A call that writes to the socket. */
    private interface Write {
        long run() throws IOException;
    }

    private long writing(Write write) throws IOException {
        beginWrite();
        try {
            return write.run();
        } catch (IOException e) {
            throw failure(e);
        } finally {
            endWrite();
        }
    }

    /**
     * Records the loss of the connection, unless the error concerns this side or the output only.
     */
    private IOException failure(IOException e) {
        boolean inputUnaffected = e instanceof ClosedChannelException || BrokenPipe.is(e);
        return inputUnaffected ? e : lost(e);
    }

    @Override
    protected boolean isClosed() {
        return !socket.isOpen();
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return (int) writing(() -> writeAll(source));
    }

    private long writeAll(ByteBuffer source) throws IOException {
        long taken = 0;
        int now;
        do {
            now = writeStep(source);
            taken += now;
        } while (now > 0 && source.hasRemaining());
        return taken;
    }

    @Override
    public long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException {
        return writing(() -> writeAll(sources, offset, length));
    }

    private long writeAll(ByteBuffer[] sources, int offset, int length) throws IOException {
        long taken = 0;
        int next = offset;
        while (true) {
            while (next < offset + length && !sources[next].hasRemaining()) next++;
            if (next == offset + length) return taken;
            long now = writeFirst(sources, next, offset + length - next);
            if (now == 0) return taken;
            taken += now;
        }
    }

    /** Writes as many sources as fit into a step, or a part of a longer source. */
    private long writeFirst(ByteBuffer[] sources, int offset, int length) throws IOException {
        long stepBytes = sources[offset].remaining();
        int count = 1;
        while (count < length) {
            stepBytes += sources[offset + count].remaining();
            if (stepBytes > STEP_BYTES) break;
            count++;
        }
        if (count == 1) return writeStep(sources[offset]);
        return socket.write(sources, offset, count);
    }

    /**
     * The JDK transfers nothing beyond the file's size, but some files contain more bytes than
     * that.
     */
    @Override
    public long tryWriteFrom(FileChannel source, long position, long count) throws IOException {
        if (position >= source.size()) return super.tryWriteFrom(source, position, count);
        beginWrite();
        try {
            return source.transferTo(position, count, socket);
        } catch (IOException e) {
            if (isReadable(source, position)) throw failure(e);
            throw e;
        } finally {
            endWrite();
        }
    }

    /** If the file can be read, the error of a transfer came from the socket. */
    private static boolean isReadable(FileChannel source, long position) {
        try {
            source.read(ByteBuffer.allocate(1), position);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private int writeStep(ByteBuffer source) throws IOException {
        int limit = narrow(source);
        try {
            return socket.write(source);
        } finally {
            source.limit(limit);
        }
    }

    /** Limits a buffer to a step. Returns its previous limit. */
    private static int narrow(ByteBuffer buffer) {
        int limit = buffer.limit();
        if (!buffer.isDirect() && buffer.remaining() > STEP_BYTES) {
            buffer.limit(buffer.position() + STEP_BYTES);
        }
        return limit;
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        key.awaitInput();
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        key.awaitOutput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
        key.endOutput();
    }

    @Override
    public void close() {
        key.close(remoteAddress());
    }

    /**
     * With a linger time of 0, the kernel drops unsent bytes on close and resets the connection.
     */
    @Override
    protected void resetOnClose() throws IOException {
        if (socket.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
            socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
    }

    @Override
    public Optional<PeerCredentials> peerCredentials() throws IOException {
        if (!socket.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)) {
            return Optional.empty();
        }
        UnixDomainPrincipal peer = socket.getOption(ExtendedSocketOptions.SO_PEERCRED);
        return Optional.of(new PeerCredentials(unsigned(peer.user()), unsigned(peer.group())));
    }

    /** The JDK represents an account without a name by its number, as a signed integer. */
    @SuppressWarnings("unchecked") // a NumericPrincipal is both a user and a group
    private static <P extends UserPrincipal> P unsigned(P account) {
        String name = account.getName();
        if (!name.startsWith("-")) return account;
        return (P) NumericPrincipal.of(Integer.parseInt(name));
    }
}
