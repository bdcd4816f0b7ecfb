package io.loomline.server.admission;

import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the connections of each address and each subnet, and refuses those over a limit. Without
 * limits it counts nothing. Clients without an IP address, such as those of a Unix-domain socket,
 * are exempt.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Origins {
    /** How many origins without connections each table keeps. */
    private static final int MOST_RECENT = 65_536;

    /** An exempt or uncounted connection. */
    public static final Visit UNCOUNTED = new Visit(null, null, null);

    /** A connection whose proxy has not yet announced the client's address. */
    public static final Visit UNKNOWN = new Visit(null, null, null);

    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private final OriginTable addresses;
    private final OriginTable subnets;

    /** Written under the lock. */
    private volatile boolean limited;

    /** The limit that a client exceeds. */
    public enum Exceeded {
        ADDRESS_LIMIT,
        SUBNET_LIMIT,
        ADDRESS_RATE,
        SUBNET_RATE
    }

    /**
     * A connection as its origins see it.
     *
     * @param refusal why it must be refused; null if it was let in
     * @param address the origin that it counts for; null if it counts for none
     * @param subnet the other origin that it counts for
     */
    public record Visit(
            @Nullable Exceeded refusal, @Nullable Origin address, @Nullable Origin subnet) {
        public boolean isCounted() {
            return address != null;
        }
    }

    public Origins(Clock clock) {
        this(clock, MOST_RECENT);
    }

    Origins(Clock clock, int mostRecent) {
        this.clock = clock;
        addresses = new OriginTable(mostRecent);
        subnets = new OriginTable(mostRecent);
    }

    /** Sets the limits. Connections over them stay. */
    public void limit(Quota ofAddress, Quota ofSubnet) {
        long now = clock.nanoTime();
        lock.lock();
        try {
            addresses.limit(ofAddress, now);
            subnets.limit(ofSubnet, now);
            limited = addresses.isLimited() || subnets.isLimited();
        } finally {
            lock.unlock();
        }
    }

    /** Whether connections are counted. */
    public boolean isLimited() {
        return limited;
    }

    /** Lets a client in or refuses it. One that was let in must {@linkplain #leave leave}. */
    public Visit tryEnter(SocketAddress client) {
        return visit(client, true);
    }

    /**
     * Counts a client that is served already. It has not just connected, so the rates do not apply
     * to it.
     */
    public Visit count(SocketAddress client) {
        return visit(client, false);
    }

    private Visit visit(SocketAddress client, boolean connects) {
        InetAddress address = limited ? ipOf(client) : null;
        if (address == null) return UNCOUNTED;
        OriginKey key = OriginKey.of(address);
        OriginKey subnet = key.subnet();
        long now = clock.nanoTime();
        lock.lock();
        try {
            Exceeded refusal = connects ? refusal(key, subnet, now) : null;
            if (refusal != null) return new Visit(refusal, null, null);
            return entered(key, subnet, now, connects);
        } finally {
            lock.unlock();
        }
    }

    private static @Nullable InetAddress ipOf(SocketAddress client) {
        return client instanceof InetSocketAddress inet ? inet.getAddress() : null;
    }

    private @Nullable Exceeded refusal(OriginKey key, OriginKey subnet, long now) {
        if (!addresses.hasRoom(key)) return Exceeded.ADDRESS_LIMIT;
        if (!subnets.hasRoom(subnet)) return Exceeded.SUBNET_LIMIT;
        if (!addresses.mayConnect(key, now)) return Exceeded.ADDRESS_RATE;
        if (!subnets.mayConnect(subnet, now)) return Exceeded.SUBNET_RATE;
        return null;
    }

    private Visit entered(OriginKey key, OriginKey subnet, long now, boolean connects) {
        Origin ofAddress = addresses.enter(key, now);
        try {
            Origin ofSubnet = subnets.enter(subnet, now);
            if (connects) {
                addresses.connected(ofAddress, now);
                subnets.connected(ofSubnet, now);
            }
            return new Visit(null, ofAddress, ofSubnet);
        } catch (Throwable e) { // a lack of memory
            addresses.leave(ofAddress, now);
            throw e;
        }
    }

    public void leave(Visit visit) {
        Origin address = visit.address();
        Origin subnet = visit.subnet();
        if (address == null || subnet == null) return;
        long now = clock.nanoTime();
        lock.lock();
        try {
            addresses.leave(address, now);
            subnets.leave(subnet, now);
        } finally {
            lock.unlock();
        }
    }

    /** How many origins it remembers. */
    public int size() {
        lock.lock();
        try {
            return addresses.size() + subnets.size();
        } finally {
            lock.unlock();
        }
    }

    /** How many connections it counts at present. */
    public int connections() {
        lock.lock();
        try {
            return addresses.connections();
        } finally {
            lock.unlock();
        }
    }
}
