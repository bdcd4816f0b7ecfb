package io.loomline.driver.nio;

import io.loomline.driver.ConnectionLostException;
import io.loomline.driver.ExhaustionException;
import io.loomline.driver.KeepAliveProbes;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.unix.AddressKind;
import io.loomline.log.ErrorText;

import jdk.net.ExtendedSocketOptions;

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

/** Opens, configures and binds the JDK's sockets. A socket for which that fails is closed. */
final class NioSockets {
    /**
     * The English texts of EMFILE, ENFILE, ENOBUFS, ENOMEM and ENOSPC: strerror(3). The JDK reports
     * no error number. In other languages such a connection counts as lost.
     */
    private static final Set<String> EXHAUSTION =
            Set.of(
                    "Too many open files",
                    "Too many open files in system",
                    "No buffer space available",
                    "Cannot allocate memory",
                    "No space left on device");

    private NioSockets() {}

    /** A step of the setup of a socket. */
    private interface Step {
        void run() throws IOException;
    }

    /**
     * Opens a socket that can connect to the address.
     *
     * @throws UnsupportedOperationException if the JDK lacks an option
     */
    static SocketChannel toConnect(
            SocketAddress remote, @Nullable SocketAddress local, SocketOptions options)
            throws IOException {
        boolean unix = AddressKind.isUnix(remote);
        if (local != null) AddressKind.requireSame(remote, local);
        if (!unix) requireOnNio(options);
        SocketChannel socket = open(unix);
        closingOnFailure(
                socket,
                () -> {
                    socket.configureBlocking(false);
                    if (!unix) requireProbes(socket, options);
                    set(socket, options);
                    if (local != null) bind(socket, local);
                });
        return socket;
    }

    /** Refuses the options that the JDK has on no platform. */
    private static void requireOnNio(SocketOptions options) {
        if (!options.userTimeout().isZero()) throw lacking("userTimeout");
        if (options.fastOpen()) throw lacking("fastOpen");
    }

    private static UnsupportedOperationException lacking(String option) {
        return new UnsupportedOperationException(
                option + ": the JDK's sockets do not have this option, the epoll driver has it");
    }

    /** Refuses probes if the JDK does not have their options on this platform. */
    private static void requireProbes(NetworkChannel socket, SocketOptions options) {
        boolean set = !options.keepAliveProbes().equals(KeepAliveProbes.DEFAULT);
        if (set && options.keepAlive()) {
            require("keepAliveProbes", socket, ExtendedSocketOptions.TCP_KEEPIDLE);
        }
    }

    private static void require(String name, NetworkChannel socket, SocketOption<?> option) {
        if (!socket.supportedOptions().contains(option)) {
            throw new UnsupportedOperationException(
                    name + ": this platform does not support the option " + option.name());
        }
    }

    /** The machine supports the family, so a failure means a lack of descriptors or memory. */
    private static SocketChannel open(boolean unix) throws IOException {
        try {
            return unix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        } catch (IOException e) {
            throw new ExhaustionException(ErrorText.of(e), e);
        }
    }

    /** Classifies a failure of the setup of an accepted socket. */
    static IOException ofAdoption(IOException e) {
        @Nullable String message = e.getMessage();
        boolean exhausted = message != null && EXHAUSTION.contains(message);
        return exhausted
                ? new ExhaustionException(message, e)
                : new ConnectionLostException(message, e);
    }

    /**
     * Opens a socket that is not bound yet.
     *
     * @throws UnsupportedOperationException if the JDK lacks an option
     */
    static ServerSocketChannel toListen(SocketAddress local, SocketOptions options)
            throws IOException {
        boolean unix = AddressKind.isUnix(local);
        if (!unix) requireOnNio(options);
        ServerSocketChannel socket =
                unix
                        ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        : ServerSocketChannel.open();
        // before it listens: accepted sockets inherit the buffer size and with it the window scale
        closingOnFailure(
                socket,
                () -> {
                    if (!unix) prepare(socket, options);
                    set(socket, options);
                });
        return socket;
    }

    private static void prepare(ServerSocketChannel socket, SocketOptions options)
            throws IOException {
        requireProbes(socket, options);
        if (!options.reusePort()) return;
        require("reusePort", socket, StandardSocketOptions.SO_REUSEPORT);
        set(socket, StandardSocketOptions.SO_REUSEPORT, true);
    }

    /** Opens a socket that receives packets at the address. */
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
                    if (options.reuseAddress())
                        set(socket, StandardSocketOptions.SO_REUSEADDR, true);
                    bind(socket, local);
                    if (remote != null) connect(socket, remote);
                });
        return socket;
    }

    private static void requireInternet(SocketAddress address) {
        if (AddressKind.isUnix(address)) {
            throw new IllegalArgumentException(
                    "address " + address + ": expected an internet address for packets");
        }
    }

    private static void connect(DatagramChannel socket, SocketAddress remote) throws IOException {
        try {
            socket.connect(remote);
        } catch (UnsupportedAddressTypeException e) {
            throw unsupported(remote, e);
        }
    }

    /** Sets the options that this kind of socket supports. A new socket has all others off. */
    static void set(NetworkChannel socket, SocketOptions options) throws IOException {
        if (options.tcpNoDelay()) set(socket, StandardSocketOptions.TCP_NODELAY, true);
        if (options.keepAlive()) keepAlive(socket, options.keepAliveProbes());
        if (options.sendBufferBytes() > 0) {
            set(socket, StandardSocketOptions.SO_SNDBUF, options.sendBufferBytes());
        }
        if (options.receiveBufferBytes() > 0) {
            set(socket, StandardSocketOptions.SO_RCVBUF, options.receiveBufferBytes());
        }
    }

    private static void keepAlive(NetworkChannel socket, KeepAliveProbes probes)
            throws IOException {
        set(socket, StandardSocketOptions.SO_KEEPALIVE, true);
        int idle = probes.idleSeconds();
        if (idle > 0) set(socket, ExtendedSocketOptions.TCP_KEEPIDLE, idle);
        int interval = probes.intervalSeconds();
        if (interval > 0) set(socket, ExtendedSocketOptions.TCP_KEEPINTERVAL, interval);
        if (probes.count() > 0) set(socket, ExtendedSocketOptions.TCP_KEEPCOUNT, probes.count());
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

    /** Reports an internet address of a family that is disabled on this machine. */
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
