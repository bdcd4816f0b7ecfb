package io.loomline.headroom;

import io.loomline.driver.ExhaustionException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The bytes that connections hold while their tasks wait for peers: incomplete input, unsent output
 * and queued messages. Peers control the amount, so it is bounded for each runtime and for the JVM.
 * A JVM without memory can serve no connection: a virtual thread that cannot be unmounted for lack
 * of memory occupies its carrier.
 *
 * <pre>
 *   share of the bound   effect
 *   over 80 %            servers accept no client until it is 60 %, at most for 2 s
 *   over 90 %            the largest readers pause until it is 60 %, at most for a second at a time
 *   over 100 %           the connection that would exceed it fails
 * </pre>
 *
 * <p>A reader that has paused waits for input once before it pauses again, under its timeouts.
 *
 * <p>The waits are bounded. Otherwise connections could wait for one another forever, each in the
 * middle of a message, and peers that stop in the middle of a message could keep all others out.
 *
 * <p><i>Threads:</i> any.
 */
public final class HeldBytes {
    /** Bounded by half of the heap. The tasks and all other code need the rest. */
    public static final HeldBytes OF_THIS_JVM = new HeldBytes(Runtime.getRuntime().maxMemory() / 2);

    /** The longest pause of a reader. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long servers wait for low water. */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long NOT_WAITING = Long.MIN_VALUE;

    private volatile long limitBytes;

    /** The bound around this one; null if there is none. */
    private final @Nullable HeldBytes outer;

    private final AtomicLong bytes = new AtomicLong();

    /** How many hold bytes. */
    private final AtomicInteger holders = new AtomicInteger();

    /**
     * Since when servers wait for low water; {@link #NOT_WAITING} if they do not. Written by the
     * accepting tasks.
     */
    private final AtomicLong waitingSinceNanos = new AtomicLong(NOT_WAITING);

    /** The readers that pause. */
    private final Set<Thread> paused = ConcurrentHashMap.newKeySet();

    HeldBytes(long limitBytes) {
        this(limitBytes, null);
    }

    HeldBytes(long limitBytes, @Nullable HeldBytes outer) {
        this.limitBytes = limitBytes;
        this.outer = outer;
    }

    /** The bytes of one runtime, which also count for the JVM. */
    public static HeldBytes within(long limitBytes) {
        return new HeldBytes(limitBytes, OF_THIS_JVM);
    }

    /**
     * Sets another bound. Bytes above it stay.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public void limit(long limitBytes) {
        if (limitBytes < 1) {
            throw new IllegalArgumentException(
                    "maxHeldBytes " + limitBytes + ": expected 1 or more");
        }
        this.limitBytes = limitBytes;
        paused.forEach(LockSupport::unpark); // the bytes may be few under this bound
    }

    private long lowWater() {
        return share(60);
    }

    private long share(int percent) {
        long bound = limitBytes;
        return bound / 100 * percent + bound % 100 * percent / 100;
    }

    /**
     * Adds the bytes of one connection, until {@link #release}.
     *
     * @throws IOException if the sum would exceed the bound; nothing is added then
     */
    public void hold(int held, SocketAddress peer) throws IOException {
        change(0, held, peer);
    }

    /**
     * Changes the bytes of one connection.
     *
     * @param before how many it holds at present; 0 if it holds none
     * @param now how many it holds from now on
     * @throws IOException if the sum would exceed the bound; nothing is changed then
     */
    public void change(int before, int now, SocketAddress peer) throws IOException {
        if (now <= before) {
            shrink(before, now);
            return;
        }
        if (bytes.addAndGet(now - before) > limitBytes) {
            subtract(now - before);
            throw new IOException(
                    "the connection to %s has %d bytes waiting, which makes more than %d, %s, in all connections"
                            .formatted(peer, now, limitBytes, boundName()));
        }
        if (before == 0) holders.incrementAndGet();
        if (outer == null) return;
        try {
            outer.change(before, now, peer);
        } catch (Throwable e) {
            if (before == 0) holders.decrementAndGet();
            subtract(now - before);
            throw e;
        }
    }

    private String boundName() {
        return outer == null ? "half of the heap" : "maxHeldBytes of the runtime";
    }

    public void release(int held) {
        shrink(held, 0);
    }

    private void shrink(int before, int now) {
        if (before == now) return;
        if (now == 0) holders.decrementAndGet();
        subtract(before - now);
        if (outer != null) outer.shrink(before, now);
    }

    private void subtract(int held) {
        long left = bytes.addAndGet(-held);
        boolean reachesLowWater = left <= lowWater() && left + held > lowWater();
        if (reachesLowWater && !paused.isEmpty()) paused.forEach(LockSupport::unpark);
    }

    /**
     * Must be called before each accept.
     *
     * @throws ExhaustionException if the sum has passed high water less than 2 s ago, and has not
     *     come down to low water
     */
    public void requireForClient() throws ExhaustionException {
        requireForClient(System.nanoTime());
    }

    void requireForClient(long nowNanos) throws ExhaustionException {
        if (outer != null) outer.requireForClient(nowNanos);
        long present = bytes.get();
        if (present <= lowWater()) waitingSinceNanos.set(NOT_WAITING);
        else if (present > share(80)) waitingSinceNanos.compareAndSet(NOT_WAITING, nowNanos);
        long since = waitingSinceNanos.get();
        if (since == NOT_WAITING || nowNanos - since >= LONGEST_WAIT_NANOS) return;
        throw new ExhaustionException(
                "connections hold %d bytes: expected at most 60 %% of %d, %s"
                        .formatted(present, limitBytes, boundName()),
                null);
    }

    /**
     * Whether a reader that holds so many bytes has to pause: hardly any are left, and it holds at
     * least as many as others on average.
     */
    public boolean mustPause(int held) {
        long present = bytes.get();
        boolean scarce = present > share(90) && held * (long) holders.get() >= present;
        return scarce || (outer != null && outer.mustPause(held));
    }

    /** Parks the calling thread until low water, until it is unparked, or for a second. */
    public void pause() {
        Thread self = Thread.currentThread();
        register(self);
        try {
            if (isAboveLowWater()) LockSupport.parkNanos(this, PAUSE_NANOS);
        } finally {
            unregister(self);
        }
    }

    private boolean isAboveLowWater() {
        return bytes.get() > lowWater() || (outer != null && outer.isAboveLowWater());
    }

    private void register(Thread reader) {
        paused.add(reader);
        if (outer != null) outer.register(reader);
    }

    private void unregister(Thread reader) {
        paused.remove(reader);
        if (outer != null) outer.unregister(reader);
    }

    /** The sum. */
    public long bytes() {
        return bytes.get();
    }
}
