package io.loomline.server;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Driver;
import io.loomline.log.ErrorText;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.util.List;

/** Opens the listening sockets: at one address, or at both loopback addresses with one port. */
final class ListenSockets {
    private static final Logger LOG = Loggers.of(ListenSockets.class);

    /** A free port at one loopback address is rarely in use at the other. */
    private static final int MAX_ATTEMPTS = 16;

    private final Driver driver;
    private final ServerOptions options;

    ListenSockets(Driver driver, ServerOptions options) {
        this.driver = driver;
        this.options = options;
    }

    Acceptor at(SocketAddress local) throws IOException {
        try {
            return driver.listen(local, options.backlog(), options.socket());
        } catch (IOException e) {
            var failure = new BindException("cannot listen at " + local + ": " + ErrorText.of(e));
            failure.initCause(e);
            throw failure;
        }
    }

    /** At the loopback addresses that machine and driver support; the usual one first. */
    List<Acceptor> atLoopback(int port) throws IOException {
        InetAddress usual = InetAddress.getLoopbackAddress();
        InetAddress other =
                InetAddress.ofLiteral(usual instanceof Inet4Address ? "::1" : "127.0.0.1");
        if (!driver.usesHostAddresses() || !isPresent(other)) {
            return List.of(at(new InetSocketAddress(usual, port)));
        }
        for (int attempt = 1; ; attempt++) {
            Acceptor first = at(new InetSocketAddress(usual, port));
            try {
                return List.of(first, at(withPortOf(first, other)));
            } catch (IOException e) {
                first.close();
                if (port != 0 || attempt == MAX_ATTEMPTS) throw e;
                LOG.debug("trying another port", e);
            } catch (Throwable e) {
                first.close();
                throw e;
            }
        }
    }

    private static InetSocketAddress withPortOf(Acceptor first, InetAddress other) {
        return new InetSocketAddress(other, ((InetSocketAddress) first.localAddress()).getPort());
    }

    private static boolean isPresent(InetAddress loopback) throws IOException {
        boolean present = NetworkInterface.getByInetAddress(loopback) != null;
        if (!present)
            LOG.debug("this machine has no {}: the server does not listen there", loopback);
        return present;
    }
}
