package io.loomline.driver.nio;

import io.loomline.driver.PacketChannel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.SelectionKey;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;

/** A non-blocking UDP socket. */
final class NioPacketChannel implements PacketChannel {
    private final DatagramChannel socket;
    private final NioKey key;
    private final SocketAddress local;

    /** The groups that the socket has joined. Written by any thread. */
    private final Set<MembershipKey> memberships = new CopyOnWriteArraySet<>();

    /** Takes ownership of a bound socket, and closes it if this fails. */
    NioPacketChannel(NioLoop loop, DatagramChannel socket) throws IOException {
        this.socket = socket;
        try {
            local = socket.getLocalAddress();
            key = NioKey.register(loop, socket, SelectionKey.OP_READ, SelectionKey.OP_WRITE);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public @Nullable SocketAddress tryReceive(ByteBuffer target) throws IOException {
        return socket.receive(target);
    }

    /** For an empty packet, the JDK returns 0 bytes whether it was sent or not. */
    @Override
    public boolean trySend(ByteBuffer source, SocketAddress receiver) throws IOException {
        boolean empty = !source.hasRemaining();
        if (empty && socket.isConnected()) {
            throw new SocketException(
                    "the JDK sends no empty packet from a socket that has one peer");
        }
        try {
            return socket.send(source, receiver) > 0 || empty;
        } catch (UnsupportedAddressTypeException e) {
            throw NioSockets.unsupported(receiver, e);
        }
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
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        socket.setOption(option, value);
    }

    @Override
    public void join(InetAddress group, NetworkInterface through) throws IOException {
        memberships.add(socket.join(group, through)); // the same key if it is a member already
    }

    @Override
    public void leave(InetAddress group, NetworkInterface through) throws IOException {
        if (!socket.isOpen()) throw new ClosedChannelException();
        memberships.removeIf(each -> {
            boolean left = each.group().equals(group) && each.networkInterface().equals(through);
            if (left) each.drop();
            return left;
        });
    }

    @Override
    public void close() {
        key.close(localAddress());
    }

    @Override
    public SocketAddress localAddress() {
        return local;
    }
}
