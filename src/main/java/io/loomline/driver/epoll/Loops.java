package io.loomline.driver.epoll;

import io.loomline.driver.carrier.CarrierControl;
import io.loomline.driver.carrier.Carriers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/** The loops of a driver, among which its channels are distributed. */
final class Loops {
    /** One loop keeps about four carriers busy; a second one on a small machine only costs. */
    private static final int CARRIERS_PER_LOOP = 4;

    private volatile CarrierControl carriers = CarrierControl.fixed();
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger turn = new AtomicInteger();

    // written under the lock
    /** Empty until the first channel, so that an unused driver holds no descriptor. */
    private volatile List<EpollLoop> loops = List.of();

    private volatile boolean closed;

    void requireOpen() throws IOException {
        if (closed) throw new IOException("the driver is closed");
    }

    /** See {@link io.loomline.driver.carrier.CarrierAdapting}. */
    void adaptCarriers() {
        carriers = CarrierControl.adaptiveFor(this);
    }

    EpollLoop next() throws IOException {
        List<EpollLoop> present = loops;
        requireOpen();
        if (present.isEmpty()) present = start();
        return present.get(Math.floorMod(turn.getAndIncrement(), present.size()));
    }

    private List<EpollLoop> start() throws IOException {
        lock.lock();
        try {
            requireOpen();
            if (!loops.isEmpty()) return loops;
            List<EpollLoop> made = new ArrayList<>();
            try {
                for (int i = 0; i < Math.ceilDiv(Carriers.COUNT, CARRIERS_PER_LOOP); i++) {
                    var loop = new EpollLoop(i, carriers);
                    loop.start();
                    made.add(loop);
                }
            } catch (Throwable e) {
                made.forEach(EpollLoop::close);
                throw e;
            }
            return loops = List.copyOf(made);
        } finally {
            lock.unlock();
        }
    }

    /** Ends them all. <i>Blocks</i> until they have. */
    void close() {
        lock.lock();
        try {
            closed = true;
            loops.forEach(EpollLoop::close);
            CarrierControl.release(this);
        } finally {
            lock.unlock();
        }
    }
}
