package io.loomline.net;

import io.loomline.driver.Driver;
import io.loomline.net.ConnectFailedException.Attempt;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** Makes connections: resolves the name, and tries one address after the other. */
final class Dialer {
    private final Driver driver;
    private final Flusher flusher;
    private final Clock clock;

    Dialer(Driver driver, Flusher flusher, Clock clock) {
        this.driver = driver;
        this.flusher = flusher;
        this.clock = clock;
    }

    Connection connect(SocketAddress remote, ConnectOptions options)
            throws IOException, InterruptedException {
        Task.checkCancelled();
        Deadline deadline = Deadline.after(options.timeout(), clock);
        try {
            return deadline.call(() -> tryAll(remote, addressesOf(remote), deadline));
        } catch (TimeoutException e) {
            var timeout =
                    new SocketTimeoutException(
                            "connecting to "
                                    + named(remote)
                                    + " took longer than "
                                    + options.timeout());
            timeout.initCause(e);
            throw timeout;
        }
    }

    private static List<SocketAddress> addressesOf(SocketAddress remote)
            throws IOException, InterruptedException {
        if (!(remote instanceof InetSocketAddress inet) || !inet.isUnresolved()) {
            return List.of(remote);
        }
        List<SocketAddress> addresses = new ArrayList<>();
        for (InetAddress address : Resolver.resolve(inet.getHostString())) {
            addresses.add(new InetSocketAddress(address, inet.getPort()));
        }
        return addresses;
    }

    private static String named(SocketAddress target) {
        return target instanceof InetSocketAddress inet
                ? inet.getHostString() + ":" + inet.getPort()
                : target.toString();
    }

    private Connection tryAll(SocketAddress target, List<SocketAddress> addresses, Deadline all)
            throws IOException, InterruptedException {
        List<Attempt> failed = new ArrayList<>();
        for (SocketAddress address : addresses) {
            try {
                int left = addresses.size() - failed.size();
                return left == 1
                        ? open(address)
                        : tryOne(address, Deadline.after(all.remaining().dividedBy(left), clock));
            } catch (IOException e) {
                failed.add(new Attempt(address, e));
            }
        }
        throw new ConnectFailedException(named(target), failed);
    }

    /** An address that does not answer gets its share of the time, so that others get theirs. */
    private Connection tryOne(SocketAddress address, Deadline share)
            throws IOException, InterruptedException {
        try {
            return share.call(() -> open(address));
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("no answer in its share of the time");
        }
    }

    private Connection open(SocketAddress address) throws IOException, InterruptedException {
        try {
            return new Connection(driver.connect(address), flusher);
        } catch (InterruptedException e) {
            Task.checkCancelled();
            throw e;
        }
    }
}
