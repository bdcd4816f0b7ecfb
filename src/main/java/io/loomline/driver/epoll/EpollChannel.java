package io.loomline.driver.epoll;

import io.loomline.driver.Channel;
import io.loomline.driver.ChannelFile;
import io.loomline.driver.ChannelPipe;
import io.loomline.driver.PeerCredentials;
import io.loomline.driver.SocketStream;
import io.loomline.driver.libc.Errno;
import io.loomline.driver.libc.PipePool;
import io.loomline.driver.libc.SentFile;
import io.loomline.driver.libc.SocketMove;
import io.loomline.driver.libc.SocketPipe;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.Optional;

/** A non-blocking socket. */
final class EpollChannel extends SocketStream {
    private static final Logger LOG = Loggers.of(EpollChannel.class);

    private final EpollKey key;
    private final InlinePollInput input;
    private final PipePool pipes;

    /** Not a Unix-domain socket. */
    private final boolean isInternet;

    private volatile boolean outputEnded;

    /** Whether the last read would have filled a {@link CallMemory}. Used by the reader. */
    private boolean receivesMuch;

    EpollChannel(EpollKey key, EpollLoop loop, SocketAddress remote, SocketAddress local) {
        super(remote, local);
        this.key = key;
        input = loop.inlineInput(key);
        pipes = loop.pipes();
        isInternet = local instanceof InetSocketAddress;
    }

    EpollKey key() {
        return key;
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        int wanted = Math.min(target.remaining(), SocketIo.STEP_BYTES);
        int before = key.input().events();
        int moved = receive(target);
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

    /** Receives by a copy if little is likely to have come. */
    private int receive(ByteBuffer target) throws ClosedChannelException {
        if (receivesMuch || !target.hasArray()) return receiveDirectly(target);
        int few;
        do few = SocketIo.receiveFew(key.descriptor(), target);
        while (few == -Errno.EINTR);
        receivesMuch = few == CallMemory.BYTES;
        if (!receivesMuch || !target.hasRemaining()) return few;
        int rest = receiveDirectly(target);
        if (rest < 0 && rest != -Errno.EAGAIN) failure(-rest); // thrown by the next read
        return few + Math.max(0, rest);
    }

    private int receiveDirectly(ByteBuffer target) throws ClosedChannelException {
        int moved;
        do moved = SocketIo.receive(key.descriptor(), target);
        while (moved == -Errno.EINTR);
        receivesMuch = moved >= CallMemory.BYTES;
        return moved;
    }

    /**
     * Whether a read that does not fill its buffer has left no bytes unread.
     *
     * <p>In general it has. <a
     * href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll(7)</a>: "For stream-oriented
     * files (e.g., pipe, FIFO, stream socket), the condition that the read/write I/O space is
     * exhausted can also be detected by checking the amount of data read from / written to the
     * target file descriptor."
     *
     * <p>Urgent data is one exception. <a
     * href="https://man7.org/linux/man-pages/man7/tcp.7.html">tcp(7)</a>: "Note that a read never
     * reads across the urgent mark."
     *
     * <p>Unix-domain sockets are the other. <a
     * href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>: "When receiving from a
     * stream socket, ancillary data forms a kind of barrier for the received data."
     */
    private boolean isShortReadTheLast() {
        return isInternet && !key.hasUrgent();
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return write(source, false);
    }

    /** Copies small sources together, so that one call sends them. */
    @Override
    public long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException {
        return SmallSources.write(this::write, sources, offset, length);
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
            if (taken == 0) throw failure;
            if (moved == -Errno.EPIPE) recordUnreportedReset();
            return taken; // the next call fails
        } finally {
            endWrite();
        }
    }

    private int send(ByteBuffer source, boolean more) throws ClosedChannelException {
        int before = key.output().events();
        int moved;
        do moved = SocketIo.send(key.descriptor(), source, more);
        while (moved == -Errno.EINTR);
        noteSent(moved, before);
        return moved;
    }

    private void noteSent(long moved, int before) {
        if (moved == -Errno.EAGAIN) key.output().exhausted(before);
        else key.output().notExhausted(before);
    }

    @Override
    public @Nullable ChannelFile openFile(Path path) throws IOException {
        return SentFile.open(path, this, this::tryMoveTo);
    }

    @Override
    public @Nullable ChannelPipe openPipe(Channel target) {
        if (!(target instanceof EpollChannel to)) return null;
        return new SocketPipe(this::tryMoveFrom, to::tryMoveTo, pipes);
    }

    /** Moves received bytes. Returns -1 at the end of the input. */
    private long tryMoveFrom(SocketMove.Call call) throws IOException {
        if (key.hasUrgent()) return -Errno.EINVAL; // bytes behind it would never be moved
        int before = key.input().events();
        long moved = key.descriptor().use(call::on);
        if (moved == -Errno.EAGAIN) key.input().exhausted(before);
        else key.input().notExhausted(before);
        if (moved == 0) return endOfInput();
        if (moved == -Errno.EAGAIN) return 0;
        if (moved < 0 && moved != -Errno.EINVAL) throw failure((int) -moved);
        return moved;
    }

    private long tryMoveTo(SocketMove.Call call) throws IOException {
        if (outputEnded) throw new ClosedChannelException();
        beginWrite();
        try {
            int before = key.output().events();
            long moved = key.descriptor().use(call::on);
            noteSent(moved, before);
            if (moved < 0 && Errno.isOfConnection((int) -moved)) throw failure((int) -moved);
            if (moved > 0 && isInternet) recordUnreportedReset();
            return moved;
        } finally {
            endWrite();
        }
    }

    /** Records a reset that the kernel has not reported: the end of the input is none. */
    private void recordUnreportedReset() {
        if (key.hasInputEnded() || outputEnded) return;
        try {
            if (key.descriptor().use(HangUp::isWithoutError)) failure(Errno.ECONNRESET);
        } catch (IOException e) {
            LOG.trace("the connection to {} was closed meanwhile", remoteAddress(), e);
        }
    }

    /** Records the loss of the connection, unless the error concerns the output only. */
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
            LOG.trace("the connection to {} is closed: the next read throws", remoteAddress(), e);
        } catch (IOException e) {
            LOG.warn("the connection to {} is closed: epoll failed", remoteAddress(), e);
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

    @Override
    protected void resetOnClose() throws IOException {
        key.descriptor().use(Sockets::resetOnClose);
    }

    @Override
    public Optional<PeerCredentials> peerCredentials() throws IOException {
        boolean unix =
                remoteAddress() instanceof UnixDomainSocketAddress
                        || localAddress() instanceof UnixDomainSocketAddress;
        if (!unix) return Optional.empty();
        int[] ids = key.descriptor().use(Sockets::peer);
        return Optional.of(UserNames.credentials(ids[1], ids[2]));
    }
}
