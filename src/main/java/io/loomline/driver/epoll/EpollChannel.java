package io.loomline.driver.epoll;

import io.loomline.driver.PeerCredentials;
import io.loomline.driver.SocketStream;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;

/** A non-blocking socket. */
final class EpollChannel extends SocketStream {
    private static final Logger LOG = Loggers.of(EpollChannel.class);

    private final EpollKey key;
    private final InlinePollInput input;
    private final SocketAddress remote;
    private final SocketAddress local;

    private volatile boolean outputEnded;

    EpollChannel(EpollKey key, InlinePollInput input, SocketAddress remote, SocketAddress local) {
        this.key = key;
        this.input = input;
        this.remote = remote;
        this.local = local;
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        int wanted = Math.min(target.remaining(), SocketIo.STEP_BYTES);
        int before = key.input().events();
        int moved;
        do moved = SocketIo.receive(key.descriptor(), target);
        while (moved == -Errno.EINTR);
        if (moved == -Errno.EAGAIN) {
            key.input().exhausted(before);
            return 0;
        }
        if (moved < 0) throw failure(-moved);
        boolean ended = moved == 0 && wanted > 0;
        if (moved < wanted && !ended && isShortReadTheLast()) key.input().exhausted(before);
        else key.input().notExhausted(before);
        return ended ? endOfInput() : moved;
    }

    /**
     * Whether a read that does not fill its buffer has left nothing. Not with urgent data; nor with
     * a Unix-domain socket, where it stops behind each packet that carries descriptors: unix(7).
     */
    private boolean isShortReadTheLast() {
        return !key.hasUrgent() && local instanceof InetSocketAddress;
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return write(source, false);
    }

    /** One call for each source; the kernel is told when there is more to come. */
    @Override
    public long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException {
        int last = offset + length - 1;
        while (last > offset && !sources[last].hasRemaining()) last--;
        long taken = 0;
        for (int i = offset; i <= last; i++) {
            if (!sources[i].hasRemaining()) continue;
            taken += write(sources[i], i < last);
            if (sources[i].hasRemaining()) break;
        }
        return taken;
    }

    private int write(ByteBuffer source, boolean more) throws IOException {
        if (outputEnded) throw new ClosedChannelException();
        beginWrite();
        try {
            int taken = 0;
            int moved;
            do {
                moved = send(source, more);
                if (moved > 0) taken += moved;
            } while (moved > 0 && source.hasRemaining());
            if (moved >= 0 || moved == -Errno.EAGAIN) return taken;
            IOException failure = failure(-moved);
            if (taken > 0) return taken; // the next call fails
            throw failure;
        } finally {
            endWrite();
        }
    }

    private int send(ByteBuffer source, boolean more) throws ClosedChannelException {
        int before = key.output().events();
        int moved;
        do moved = SocketIo.send(key.descriptor(), source, more);
        while (moved == -Errno.EINTR);
        if (moved == -Errno.EAGAIN) key.output().exhausted(before);
        else key.output().notExhausted(before);
        return moved;
    }

    /** What cannot be sent any more says nothing of the input. */
    private IOException failure(int errno) {
        if (errno == Errno.EPIPE && outputEnded) return new ClosedChannelException();
        IOException failure = Errno.ofTransfer(errno);
        return errno == Errno.EPIPE ? failure : lost(failure);
    }

    @Override
    protected boolean isClosed() {
        return key.descriptor().isClosed();
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        try {
            input.await();
        } catch (ClosedChannelException e) {
            LOG.trace("the connection to {} is closed: the next read says so", remote, e);
        } catch (IOException e) {
            LOG.warn("the connection to {} cannot be watched: it is closed", remote, e);
            close();
        }
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        key.awaitOutput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        int result =
                key.descriptor()
                        .use(number -> {
                            outputEnded = true;
                            return Sockets.shutdownOutput(number);
                        });
        if (result < 0 && result != -Errno.ENOTCONN) throw Errno.ofSocket(-result);
        key.output().end();
    }

    @Override
    public void close() {
        key.close();
    }

    /**
     * With a linger time of 0 the kernel drops what is unsent and resets: tcp(7), socket(7). A
     * Unix-domain socket has no reset: its peer sees one only if it has sent what nobody has read.
     */
    @Override
    public void abort() {
        try {
            key.descriptor().use(Sockets::dropOnClose);
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
        boolean unix =
                remote instanceof UnixDomainSocketAddress
                        || local instanceof UnixDomainSocketAddress;
        if (!unix) return Optional.empty();
        int[] ids = key.descriptor().use(Sockets::peer);
        return Optional.of(UserNames.credentials(ids[1], ids[2]));
    }
}
