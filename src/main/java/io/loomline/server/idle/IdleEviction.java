package io.loomline.server.idle;

import io.loomline.net.Connections;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Cancels the connections that have been idle for longest: their handlers wait for input, and no
 * byte has moved in either direction. One search finds candidates for several clients, because its
 * cost grows with the number of connections.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class IdleEviction {
    /** A connection that was active more recently is not idle. */
    public static final long LEAST_IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int CANDIDATES = 64;

    private final Collection<? extends IdleWatchdog.Watched> all;
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by the lock; with the one that was idle for longest first. */
    private final Deque<Candidate> candidates = new ArrayDeque<>();

    private record Candidate(IdleWatchdog.Watched connection, long idleNanos) {}

    /**
     * An eviction.
     *
     * @param all the present connections; may change at any time
     */
    public IdleEviction(Collection<? extends IdleWatchdog.Watched> all) {
        this.all = all;
    }

    /**
     * Cancels the connection that has been idle for longest.
     *
     * @return whether there was one
     */
    public boolean tryEvict() {
        lock.lock();
        try {
            if (tryEvictCandidate()) return true;
            search();
            return tryEvictCandidate();
        } finally {
            lock.unlock();
        }
    }

    private boolean tryEvictCandidate() {
        for (Candidate next; (next = candidates.poll()) != null; ) {
            long idle = idleNanos(next.connection);
            boolean isStillIdle = idle >= next.idleNanos; // it was not active since the search
            if (isStillIdle && next.connection.tryEvict()) return true;
        }
        return false;
    }

    private static long idleNanos(IdleWatchdog.Watched watched) {
        return Connections.activityOf(watched.connection).idleNanos();
    }

    private void search() {
        var shortest = Comparator.comparingLong(Candidate::idleNanos);
        var longest = new PriorityQueue<Candidate>(CANDIDATES + 1, shortest);
        for (IdleWatchdog.Watched each : all) {
            long idle = idleNanos(each);
            if (idle < LEAST_IDLE_NANOS) continue;
            longest.add(new Candidate(each, idle));
            if (longest.size() > CANDIDATES) longest.remove();
        }
        for (Candidate next; (next = longest.poll()) != null; ) candidates.addFirst(next);
    }
}
