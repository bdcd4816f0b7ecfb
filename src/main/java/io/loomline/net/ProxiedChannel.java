package io.loomline.net;

import io.loomline.driver.Channel;
import io.loomline.driver.ChannelFile;
import io.loomline.driver.ChannelPipe;
import io.loomline.driver.PeerCredentials;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.proxy.ProxyHeader;
import io.loomline.proxy.ProxyHeaderException;
import io.loomline.proxy.ProxyHeaderReader;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A channel that begins with a header of the PROXY protocol. Once that is read, the addresses are
 * the ones in the header.
 *
 * <p><i>Source:</i> <a
 * href="https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt">proxy-protocol.txt</a>: "The
 * PROXY protocol's goal is to fill the server's internal structures with the information collected
 * by the proxy that the server would have been able to get by itself if the client was connecting
 * directly to the server instead of via a proxy."
 */
final class ProxiedChannel implements Channel {
    private final Channel channel;

    /** Null until it is read. Written once, by the task of the connection; read by any thread. */
    private volatile @Nullable ProxyHeader header;

    ProxiedChannel(Channel channel) {
        this.channel = channel;
    }

    Optional<ProxyHeader> header() {
        return Optional.ofNullable(header);
    }

    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "The receiver MUST NOT start processing the connection before it receives a complete and
    // valid PROXY protocol header."
    /**
     * Reads the header, and no byte behind it. <i>Blocks.</i>
     *
     * @param guarded this channel, as its connection sees it
     */
    void readHeader(GuardedChannel guarded, int maxBytes) throws IOException, InterruptedException {
        var reader = new ProxyHeaderReader(channel.remoteAddress(), maxBytes);
        while (!reader.isComplete()) {
            int moved = guarded.tryRead(reader.target());
            if (moved < 0) throw ended(reader.receivedBytes());
            if (moved == 0) guarded.awaitReadable();
        }
        header = reader.header();
    }

    private IOException ended(int received) {
        String text =
                "%s ended its output after %d bytes: expected a PROXY header"
                        .formatted(remoteAddress(), received);
        return received == 0 ? new EOFException(text) : new ProxyHeaderException(text);
    }

    @Override
    public SocketAddress remoteAddress() {
        return header().flatMap(ProxyHeader::source).orElseGet(channel::remoteAddress);
    }

    @Override
    public SocketAddress localAddress() {
        return header().flatMap(ProxyHeader::destination).orElseGet(channel::localAddress);
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        return channel.tryRead(target);
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return channel.tryWrite(source);
    }

    @Override
    public long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException {
        return channel.tryWrite(sources, offset, length);
    }

    @Override
    public long tryWriteFrom(FileChannel source, long position, long count) throws IOException {
        return channel.tryWriteFrom(source, position, count);
    }

    @Override
    public @Nullable ChannelFile openFile(Path path) throws IOException {
        return channel.openFile(path);
    }

    @Override
    public @Nullable ChannelPipe openPipe(Channel target) {
        return channel.openPipe(target);
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        channel.awaitReadable();
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        channel.awaitWritable();
    }

    @Override
    public boolean isLost() {
        return channel.isLost();
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void close() {
        channel.close();
    }

    @Override
    public void abort() {
        channel.abort();
    }

    @Override
    public Optional<PeerCredentials> peerCredentials() throws IOException {
        return channel.peerCredentials();
    }
}
