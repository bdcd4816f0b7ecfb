package io.loomline.driver.nio;

import io.loomline.driver.PeerCredentials;
import io.loomline.driver.SocketStream;
import io.loomline.driver.unix.ClientAddress;
import io.loomline.driver.unix.NumericPrincipal;
import io.loomline.log.Loggers;

import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

import org.slf4j.Logger;

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
 * A non-blocking socket. The JDK's channel is the guard against a descriptor that is used after it
 * was closed: it closes the number only when no read or write is inside, and the selector has let
 * go of it.
 */
final class NioChannel extends SocketStream {
    private static final Logger LOG = Loggers.of(NioChannel.class);

    /**
     * The JDK copies what is in an array to memory outside of the heap, as much at a time as is
     * asked for, and each carrier thread keeps its largest copy. With less, each step wakes the
     * peer for little: 128 KiB cost a tenth of what a megabyte at a time achieves.
     */
    private static final int STEP_BYTES = 512 * 1024;

    private final SocketChannel socket;
    private final NioKey key;
    private final SocketAddress remote;
    private final SocketAddress local;

    /** Takes over a connected socket that does not block, and closes it if that fails. */
    NioChannel(NioLoop loop, SocketChannel socket) throws IOException {
        this.socket = socket;
        try {
            SocketAddress there = socket.getRemoteAddress();
            SocketAddress here = socket.getLocalAddress();
            remote = ClientAddress.of(there, here);
            local = ClientAddress.of(here, there);
            key = NioKey.register(loop, socket, SelectionKey.OP_READ, SelectionKey.OP_WRITE);
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

    /** Some bytes on their way to the kernel. */
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

    /** What cannot be sent any more, or not by this side, says nothing of the input. */
    private IOException failure(IOException e) {
        boolean saysNothing = e instanceof ClosedChannelException || BrokenPipe.is(e);
        return saysNothing ? e : lost(e);
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

    /** As many of the sources as make a step; of a long one, a part. */
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

    /** The JDK transfers nothing beyond the size, which may be less than there is to read. */
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

    /** Whether an error of a transfer came from the socket: the file gives its bytes. */
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

    /** Makes a buffer no longer than a step; its limit until now. */
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
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing the connection to {} failed", remote, e);
        }
        key.wakeAll();
    }

    /**
     * With a linger time of 0 the kernel drops what is unsent and resets: tcp(7), socket(7). A
     * Unix-domain socket has no reset: its peer sees one only if it has sent what nobody has read.
     */
    @Override
    public void abort() {
        try {
            if (socket.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
                socket.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException e) {
            LOG.trace("the connection to {} is closed already", remote, e);
        }
        close();
    }

    @Override
    public SocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public SocketAddress localAddress() {
        return local;
    }

    @Override
    public Optional<PeerCredentials> peerCredentials() throws IOException {
        if (!socket.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)) {
            return Optional.empty();
        }
        UnixDomainPrincipal peer = socket.getOption(ExtendedSocketOptions.SO_PEERCRED);
        return Optional.of(new PeerCredentials(asMeant(peer.user()), asMeant(peer.group())));
    }

    /** The JDK names an account that has a number only by that, from 2^31 on as a negative one. */
    @SuppressWarnings("unchecked") // a number is both, a user and a group
    private static <P extends UserPrincipal> P asMeant(P account) {
        String name = account.getName();
        if (!name.startsWith("-")) return account;
        return (P) NumericPrincipal.of(Integer.parseInt(name));
    }
}
