package io.loomline.driver.carrier;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The loops of a driver, among which its channels are distributed.
 *
 * <p><i>Threads:</i> any.
 *
 * @param <L> the kind of loop
 */
public final class LoopGroup<L extends LoopGroup.Loop> {
    /** One loop keeps about four carriers busy; on a small machine a second one only adds cost. */
    private static final int CARRIERS_PER_LOOP = 4;

    /** A loop that waits for the events of many channels. */
    public interface Loop {
        /** Starts the loop's threads. */
        void start();

        /** Ends the loop and closes its channels. <i>Blocks</i> until that is done. */
        void close();
    }

    /**
     * Opens loops.
     *
     * @param <L> the kind of loop
     */
    public interface Factory<L> {
        /**
         * Opens a loop, which is not started.
         *
         * @param number the loop's number within its group
         * @param control controls the number of carriers
         * @return the loop
         * @throws IOException if the loop cannot be opened
         */
        L open(int number, CarrierControl control) throws IOException;
    }

    private final Factory<L> factory;
    private volatile CarrierControl control = CarrierControl.fixed();
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger channels = new AtomicInteger();

    // written under the lock
    /** Empty until the first channel, so that an unused driver holds no descriptor. */
    private volatile List<L> loops = List.of();

    private volatile boolean closed;

    /**
     * Creates a group without loops. They are opened for the first channel.
     *
     * @param factory opens the loops
     */
    public LoopGroup(Factory<L> factory) {
        this.factory = factory;
    }

    /** See {@link CarrierAdapting#adaptCarriers}. */
    public void adaptCarriers() {
        control = CarrierControl.adaptiveFor(this);
    }

    /**
     * Does nothing unless the group is closed.
     *
     * @throws IOException if the group is closed
     */
    public void requireOpen() throws IOException {
        if (closed) throw new IOException("the driver is closed");
    }

    /**
     * The loop for the next channel.
     *
     * @return the loop, started
     * @throws IOException if the group is closed, or the loops cannot be opened
     */
    public L next() throws IOException {
        List<L> present = loops;
        requireOpen();
        if (present.isEmpty()) present = start();
        return present.get(Math.floorMod(channels.getAndIncrement(), present.size()));
    }

    private List<L> start() throws IOException {
        lock.lock();
        try {
            requireOpen();
            if (!loops.isEmpty()) return loops;
            List<L> started = new ArrayList<>();
            try {
                for (int i = 0; i < Math.ceilDiv(Carriers.COUNT, CARRIERS_PER_LOOP); i++) {
                    L loop = factory.open(i, control);
                    loop.start();
                    started.add(loop);
                }
            } catch (Throwable e) {
                started.forEach(Loop::close);
                throw e;
            }
            return loops = List.copyOf(started);
        } finally {
            lock.unlock();
        }
    }

    /** Closes all loops. Idempotent. <i>Blocks</i> until they have ended. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            loops.forEach(Loop::close);
        } finally {
            CarrierControl.release(this);
            lock.unlock();
        }
    }
}
