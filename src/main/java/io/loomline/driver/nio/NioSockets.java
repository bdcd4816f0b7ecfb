package io.loomline.driver.nio;

import io.loomline.driver.ConnectionLostException;
import io.loomline.driver.ExhaustionException;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.unix.AddressKind;
import io.loomline.log.ErrorText;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Set;

/** Opens the JDK's sockets of the right kind, set up and bound; one that fails is closed. */
final class NioSockets {
    /**
     * strerror(3) of EMFILE, ENFILE, ENOBUFS, ENOMEM, and ENOSPC of epoll_ctl(2). The JDK tells no
     * number, so this holds in English only; elsewhere such a connection counts as lost.
     */
    private static final Set<String> EXHAUSTION =
            Set.of(
                    "Too many open files",
                    "Too many open files in system",
                    "No buffer space available",
                    "Cannot allocate memory",
                    "No space left on device");

    private NioSockets() {}

    /** A step that opening a socket takes. */
    private interface Step {
        void run() throws IOException;
    }

    /** A socket that may connect to the address. */
    static SocketChannel toConnect(
            SocketAddress remote, @Nullable SocketAddress local, SocketOptions options)
            throws IOException {
        boolean unix = AddressKind.isUnix(remote);
        if (local != null) AddressKind.requireSame(remote, local);
        SocketChannel socket = open(unix);
        closingOnFailure(
                socket,
                () -> {
                    socket.configureBlocking(false);
                    set(socket, options);
                    if (local != null) bind(socket, local);
                });
        return socket;
    }

    /** The family is one that the machine has: what is missing is a descriptor, or memory. */
    private static SocketChannel open(boolean unix) throws IOException {
        try {
            return unix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        } catch (IOException e) {
            throw new ExhaustionException(ErrorText.of(e), e);
        }
    }

    /** What failed while an accepted socket was set up: its own, unless the machine is short. */
    static IOException ofAdoption(IOException e) {
        @Nullable String message = e.getMessage();
        boolean isShort = message != null && EXHAUSTION.contains(message);
        return isShort
                ? new ExhaustionException(message, e)
                : new ConnectionLostException(message, e);
    }

    /** A socket that has no address yet. */
    static ServerSocketChannel toListen(SocketAddress local, SocketOptions options)
            throws IOException {
        ServerSocketChannel socket =
                AddressKind.isUnix(local)
                        ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        : ServerSocketChannel.open();
        // before it listens: what it accepts inherits the size, and the window's scale from it
        closingOnFailure(socket, () -> set(socket, options));
        return socket;
    }

    /** A socket that receives at the address. */
    static DatagramChannel forPackets(
            SocketAddress local, @Nullable SocketAddress remote, SocketOptions options)
            throws IOException {
        requireInternet(local);
        if (remote != null) requireInternet(remote);
        DatagramChannel socket = DatagramChannel.open();
        closingOnFailure(
                socket,
                () -> {
                    socket.configureBlocking(false);
                    set(socket, options);
                    bind(socket, local);
                    if (remote != null) connect(socket, remote);
                });
        return socket;
    }

    private static void requireInternet(SocketAddress address) {
        if (AddressKind.isUnix(address)) {
            throw new IllegalArgumentException(
                    "address " + address + ": expected an internet address, for packets");
        }
    }

    private static void connect(DatagramChannel socket, SocketAddress remote) throws IOException {
        try {
            socket.connect(remote);
        } catch (UnsupportedAddressTypeException e) {
            throw unsupported(remote, e);
        }
    }

    /** Sets what this kind of socket has; what is off or 0 is so in a new socket. */
    static void set(NetworkChannel socket, SocketOptions options) throws IOException {
        if (options.tcpNoDelay()) set(socket, StandardSocketOptions.TCP_NODELAY, true);
        if (options.keepAlive()) set(socket, StandardSocketOptions.SO_KEEPALIVE, true);
        if (options.sendBufferBytes() > 0) {
            set(socket, StandardSocketOptions.SO_SNDBUF, options.sendBufferBytes());
        }
        if (options.receiveBufferBytes() > 0) {
            set(socket, StandardSocketOptions.SO_RCVBUF, options.receiveBufferBytes());
        }
    }

    private static <T> void set(NetworkChannel socket, SocketOption<T> option, T value)
            throws IOException {
        if (socket.supportedOptions().contains(option)) socket.setOption(option, value);
    }

    static void bind(NetworkChannel socket, SocketAddress local) throws IOException {
        try {
            socket.bind(local);
        } catch (UnsupportedAddressTypeException e) {
            throw unsupported(local, e);
        }
    }

    /** An internet address of a family that this machine has switched off. */
    static IOException unsupported(SocketAddress address, RuntimeException cause) {
        return new SocketException(
                "this machine does not support addresses like " + address, cause);
    }

    private static void closingOnFailure(NetworkChannel socket, Step step) throws IOException {
        try {
            step.run();
        } catch (Throwable e) {
            socket.close();
            throw e;
        }
    }
}
