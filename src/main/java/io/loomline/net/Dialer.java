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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** Makes connections: resolves the name, and tries one address after the other. */
final class Dialer {
    private final Driver driver;
    private final Upkeep upkeep;
    private final Clock clock;

    Dialer(Driver driver, Upkeep upkeep) {
        this.driver = driver;
        this.upkeep = upkeep;
        this.clock = upkeep.clock();
    }

    Connection connect(SocketAddress remote, ConnectOptions options)
            throws IOException, InterruptedException {
        Task.checkCancelled();
        Deadline deadline = Deadline.after(options.timeout(), clock);
        try {
            return deadline.call(() -> tryAll(remote, options, deadline));
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

    private Connection tryAll(SocketAddress target, ConnectOptions options, Deadline all)
            throws IOException, InterruptedException {
        List<SocketAddress> addresses = addressesOf(target);
        List<Attempt> failed = new ArrayList<>();
        for (SocketAddress address : addresses) {
            try {
                int left = addresses.size() - failed.size();
                return left == 1
                        ? open(address, options)
                        : tryOne(address, options, all.remaining().dividedBy(left));
            } catch (IOException e) {
                failed.add(new Attempt(address, e));
            }
        }
        throw new ConnectFailedException(named(target), failed);
    }

    /** An address that does not answer gets its share of the time, so that others get theirs. */
    private Connection tryOne(SocketAddress address, ConnectOptions options, Duration share)
            throws IOException, InterruptedException {
        try {
            return Deadline.after(share, clock).call(() -> open(address, options));
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("no answer in its share of the time");
        }
    }

    private Connection open(SocketAddress address, ConnectOptions options)
            throws IOException, InterruptedException {
        try {
            return new Connection(driver.connect(address), upkeep, options.limits());
        } catch (InterruptedException e) {
            Task.checkCancelled();
            throw e;
        }
    }
}
