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

/** Begins to listen: at an address, or at both loopback addresses with one port. */
final class ListenSockets {
    private static final Logger LOG = Loggers.of(ListenSockets.class);

    /** A port that is free at one address may be taken at the other, though seldom. */
    private static final int MOST_TRIES = 16;

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

    /** At the loopback addresses that the machine and the driver have; the usual one first. */
    List<Acceptor> atLoopback(int port) throws IOException {
        InetAddress usual = InetAddress.getLoopbackAddress();
        InetAddress other =
                InetAddress.ofLiteral(usual instanceof Inet4Address ? "::1" : "127.0.0.1");
        if (!driver.usesHostAddresses() || !has(other)) {
            return List.of(at(new InetSocketAddress(usual, port)));
        }
        for (int tries = 1; ; tries++) {
            Acceptor first = at(new InetSocketAddress(usual, port));
            try {
                return List.of(first, at(sameAs(first, other)));
            } catch (IOException e) {
                first.close();
                if (port != 0 || tries == MOST_TRIES) throw e;
                LOG.debug("trying another port", e);
            } catch (Throwable e) {
                first.close();
                throw e;
            }
        }
    }

    private static InetSocketAddress sameAs(Acceptor first, InetAddress other) {
        return new InetSocketAddress(other, ((InetSocketAddress) first.localAddress()).getPort());
    }

    private static boolean has(InetAddress loopback) throws IOException {
        boolean has = NetworkInterface.getByInetAddress(loopback) != null;
        if (!has) LOG.debug("this machine has no {}: nobody listens there", loopback);
        return has;
    }
}
