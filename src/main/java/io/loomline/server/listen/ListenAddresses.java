package io.loomline.server.listen;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Driver;
import io.loomline.log.ErrorText;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Opens the listening sockets at several addresses, or none of them. An address of a family that
 * the machine does not have is skipped.
 */
public final class ListenAddresses {
    private static final Logger LOG = Loggers.of(ListenAddresses.class);

    /** A port that is free at one address is rarely in use at another. */
    private static final int MAX_ATTEMPTS = 16;

    private final Driver driver;
    private final ListenPlace place;

    /** Opens them at addresses of a driver. */
    public ListenAddresses(ListenPlace place) {
        this.driver = place.driver();
        this.place = place;
    }

    /** At the loopback addresses that machine and driver support; the usual one first. */
    public List<Acceptor> openAtLoopback(int port) throws IOException {
        InetAddress usual = InetAddress.getLoopbackAddress();
        InetAddress other =
                InetAddress.ofLiteral(usual instanceof Inet4Address ? "::1" : "127.0.0.1");
        List<InetSocketAddress> addresses = new ArrayList<>();
        addresses.add(new InetSocketAddress(usual, port));
        if (driver.usesHostAddresses()) {
            boolean present = NetworkInterface.getByInetAddress(other) != null;
            if (present) addresses.add(new InetSocketAddress(other, port));
            else LOG.debug("this machine has no {}: the server does not listen there", other);
        }
        return open(addresses);
    }

    private Acceptor openAt(SocketAddress local) throws IOException {
        try {
            return driver.listen(local, place.backlog(), place.options());
        } catch (IOException e) {
            var failure = new BindException("cannot listen at " + local + ": " + ErrorText.of(e));
            failure.initCause(e);
            throw failure;
        }
    }

    /** At all addresses that the machine has. Those with port 0 get the same free port. */
    public List<Acceptor> open(List<? extends SocketAddress> addresses) throws IOException {
        for (int number = 1; ; number++) {
            var attempt = new Attempt();
            try {
                for (SocketAddress each : addresses) attempt.listen(each);
                if (attempt.failures.isEmpty() && !attempt.bound.isEmpty()) {
                    attempt.logSkipped();
                    return attempt.bound;
                }
            } catch (Throwable e) { // such as an option that the driver lacks
                attempt.close();
                throw e;
            }
            attempt.close();
            if (!attempt.lacksSharedPort || number == MAX_ATTEMPTS) throw attempt.failure();
            LOG.debug("trying another port", attempt.failure());
        }
    }

    private final class Attempt {
        private final List<Acceptor> bound = new ArrayList<>();
        private final List<Exception> failures = new ArrayList<>();

        /** The failures at addresses of a family that the machine does not have. */
        private final List<Exception> skipped = new ArrayList<>();

        /** The port that was chosen for those with port 0; 0 until then. */
        private int sharedPort;

        /** Whether an address cannot be bound at the shared port. */
        private boolean lacksSharedPort;

        void listen(SocketAddress local) throws IOException {
            SocketAddress wanted = withSharedPort(local);
            if (isCovered(wanted)) {
                LOG.debug("another listener of the server covers {}", wanted);
                return;
            }
            try {
                Acceptor acceptor = openAt(wanted);
                bound.add(acceptor);
                if (portOf(local) == 0) sharedPort = portOf(acceptor.localAddress());
            } catch (IOException e) {
                if (isMissing(local)) {
                    skipped.add(e);
                } else {
                    failures.add(e);
                    lacksSharedPort |= wanted != local;
                }
            } catch (UnsupportedOperationException e) { // of the JDK, for a family
                if (!isMissing(local)) throw e;
                skipped.add(
                        new BindException("cannot listen at " + local + ": " + ErrorText.of(e)));
            }
        }

        private SocketAddress withSharedPort(SocketAddress local) {
            return sharedPort != 0 && portOf(local) == 0
                    ? new InetSocketAddress(((InetSocketAddress) local).getAddress(), sharedPort)
                    : local;
        }

        /**
         * Whether a listener accepts the connections to an address already: the wildcard addresses
         * of IPv4 and IPv6 are the same socket, and some drivers distinguish ports only.
         */
        private boolean isCovered(SocketAddress local) {
            return local instanceof InetSocketAddress wanted
                    && bound.stream().anyMatch(each -> covers(each.localAddress(), wanted));
        }

        private boolean covers(SocketAddress listener, InetSocketAddress wanted) {
            if (!(listener instanceof InetSocketAddress inet)) return false;
            if (inet.getPort() != wanted.getPort()) return false;
            return !driver.usesHostAddresses()
                    || (inet.getAddress().isAnyLocalAddress()
                            && wanted.getAddress().isAnyLocalAddress());
        }

        private boolean isMissing(SocketAddress local) {
            return switch (local) {
                case UnixDomainSocketAddress _ -> !hasUnix();
                case InetSocketAddress inet -> driver.usesHostAddresses() && !hasFamilyOf(inet);
                default -> false;
            };
        }

        void logSkipped() {
            for (Exception each : skipped) {
                LOG.warn("the machine lacks an address family: {}", ErrorText.of(each));
            }
        }

        /** Names every address and why it failed, unless one address alone failed. */
        IOException failure() {
            List<Exception> all = new ArrayList<>(failures);
            all.addAll(skipped);
            if (all.size() == 1 && all.getFirst() instanceof IOException only) return only;
            String reasons = all.stream().map(ErrorText::of).collect(Collectors.joining("; "));
            var failure = new BindException(reasons);
            all.forEach(failure::addSuppressed);
            return failure;
        }

        void close() {
            bound.forEach(Acceptor::close);
        }
    }

    /** The port of an internet address; -1 for another address. */
    private static int portOf(SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet.getPort() : -1;
    }

    /** Whether an interface has an address of the family, which is how the JDK decides too. */
    private static boolean hasFamilyOf(InetSocketAddress address) {
        boolean four = address.getAddress() instanceof Inet4Address;
        Class<? extends InetAddress> family = four ? Inet4Address.class : Inet6Address.class;
        try {
            boolean isLoopback6 = !four && address.getAddress().isLoopbackAddress();
            if (isLoopback6) return NetworkInterface.getByInetAddress(address.getAddress()) != null;
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .anyMatch(family::isInstance);
        } catch (IOException e) {
            LOG.debug("the interfaces of this machine cannot be listed", e);
            return true;
        }
    }

    private static boolean hasUnix() {
        try (var probe = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            return probe.isOpen();
        } catch (UnsupportedOperationException e) {
            return false;
        } catch (IOException e) { // such as a lack of descriptors
            return true;
        }
    }
}
