package io.loomline.server;

import io.loomline.driver.Acceptor;
import io.loomline.log.Loggers;
import io.loomline.net.wire.ResolvedAddress;
import io.loomline.server.listen.InheritedDescriptors;
import io.loomline.server.listen.ListenAddresses;
import io.loomline.server.listen.ListenPlace;
import io.loomline.server.listen.Takeover;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Where a server gets its listening sockets: it opens them at addresses, inherits them from a
 * service manager, or takes them over from its predecessor. With the last two, a program restarts
 * without refusing, resetting or losing a connection, because the sockets listen all the time.
 *
 * {@snippet :
 * Runtime.run(runtime -> {
 *     Listeners listeners =
 *             Listeners.takenOverFrom(path).or(Listeners.inherited()).or(Listeners.at(address));
 *     Server server = runtime.listen(listeners, ServerOptions.DEFAULT, handler);
 *     boolean replaced = server.handOver(path); // false if a signal shut it down
 *     if (replaced) server.shutdown(Duration.ofSeconds(30));
 * });
 * }
 *
 * <p><i>Threads:</i> immutable.
 */
public final class Listeners {
    private static final Logger LOG = Loggers.of(Listeners.class);

    /** To be tried in this order; not empty. */
    private final List<Source> sources;

    /**
     * Listening sockets, and the predecessor that waits for a confirmation; null if there is none.
     */
    record Opened(List<Acceptor> acceptors, @Nullable Takeover predecessor) {}

    private interface Source {
        /** Opens the listening sockets; null if this source has none. */
        @Nullable Opened open(ListenPlace place) throws IOException, InterruptedException;
    }

    private record AtAddresses(List<SocketAddress> addresses) implements Source {
        @Override
        public Opened open(ListenPlace place) throws IOException {
            var sockets = new ListenAddresses(place);
            return new Opened(sockets.open(addresses), null);
        }

        @Override
        public String toString() {
            return "at " + addresses;
        }
    }

    private record Inherited(@Nullable String name) implements Source {
        @Override
        public @Nullable Opened open(ListenPlace place) throws IOException {
            List<Integer> descriptors = InheritedDescriptors.ofThisProcess(name);
            if (descriptors.isEmpty()) return null;
            var acceptors = InheritedDescriptors.adopt(descriptors, place);
            LOG.debug("inherited {} from the service manager", descriptors);
            return new Opened(acceptors, null);
        }

        @Override
        public String toString() {
            return name == null ? "inherited" : "inherited as " + name;
        }
    }

    private record FromPredecessor(Path socket) implements Source {
        @Override
        public @Nullable Opened open(ListenPlace place) throws IOException, InterruptedException {
            Takeover takeover = Takeover.from(socket, place);
            return takeover == null ? null : new Opened(takeover.listeners(), takeover);
        }

        @Override
        public String toString() {
            return "taken over from " + socket;
        }
    }

    private Listeners(List<Source> sources) {
        this.sources = sources;
    }

    /**
     * Listening sockets that the server opens at addresses: IPv4, IPv6 and Unix-domain ones in any
     * combination. An address of a family that the machine does not have, such as IPv6, is skipped
     * with a warning in the log. If any other cannot be bound, none stays bound. The wildcard
     * address of IPv6 accepts the connections of IPv4 too, so the two together are one listener.
     *
     * @param addresses the addresses, at least one; those with port 0 get the same free port
     * @return the listeners; {@link Server#localAddresses} are the bound addresses
     * @throws IllegalArgumentException if there is no address, or one is unresolved or an empty
     *     path
     */
    public static Listeners at(SocketAddress... addresses) {
        if (addresses.length == 0) {
            throw new IllegalArgumentException("no address: expected at least one");
        }
        for (SocketAddress address : addresses) ResolvedAddress.require("address", address);
        return new Listeners(List.of(new AtAddresses(List.of(addresses))));
    }

    /**
     * All listening sockets that the service manager has passed to this process, as systemd does
     * for socket units. It names them in the environment variables {@code LISTEN_FDS} and {@code
     * LISTEN_PID}. If the latter names another process, none is inherited, and the log has a
     * warning.
     *
     * <p>If there are no such variables, a listening socket as standard input is inherited, as
     * inetd passes it. That is also the only one that the portable driver can inherit; systemd
     * passes it so with {@code StandardInput=socket}.
     *
     * <p><i>Source:</i> <a
     * href="https://man7.org/linux/man-pages/man3/sd_listen_fds.3.html">sd_listen_fds(3)</a>: "File
     * descriptors may be found consecutively, starting from SD_LISTEN_FDS_START (i.e. 3), if any."
     *
     * @return the listeners; a server has none to inherit if nothing was passed to this process
     */
    public static Listeners inherited() {
        return new Listeners(List.of(new Inherited(null)));
    }

    /**
     * The listening sockets of one name that the service manager has passed to this process, as
     * {@link #inherited()}. The names are in the environment variable {@code LISTEN_FDNAMES}. If
     * none is the given one, a warning in the log lists them.
     *
     * @param name the name, which systemd calls {@code FileDescriptorName}; by default it is the
     *     name of the socket unit
     * @return the listeners
     * @throws IllegalArgumentException if the name is empty or contains a colon
     */
    public static Listeners inherited(String name) {
        if (name.isEmpty() || name.contains(":")) {
            throw new IllegalArgumentException("name '" + name + "': expected text without ':'");
        }
        return new Listeners(List.of(new Inherited(name)));
    }

    /**
     * The listening sockets of a running server, which {@linkplain Server#handOver hands them over}
     * at a Unix-domain socket. The predecessor must run as the user of this process or as root. It
     * waits until this server accepts. Needs the epoll driver.
     *
     * @param socket the path of the Unix-domain socket
     * @return the listeners; a server has none to take over if no process listens at the path, or
     *     it ends before it has sent them
     */
    public static Listeners takenOverFrom(Path socket) {
        Objects.requireNonNull(socket, "socket");
        return new Listeners(List.of(new FromPredecessor(socket)));
    }

    /**
     * These listeners, or others if there are none to inherit or to take over. An error is no such
     * case: then the server does not start.
     *
     * @param others the listeners to use instead
     * @return both
     */
    public Listeners or(Listeners others) {
        return new Listeners(Stream.concat(sources.stream(), others.sources.stream()).toList());
    }

    /** Opens the first that there are. <i>Blocks.</i> */
    Opened open(ListenPlace place) throws IOException, InterruptedException {
        for (Source source : sources) {
            Opened opened = source.open(place);
            if (opened != null) return opened;
        }
        throw new IOException("no listener was found: " + this);
    }

    @Override
    public String toString() {
        return String.join(" or ", sources.stream().map(Source::toString).toList());
    }
}
