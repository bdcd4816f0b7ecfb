package io.loomline.driver.epoll;

import io.loomline.driver.carrier.CarrierControl;
import io.loomline.driver.carrier.LoopFailures;
import io.loomline.driver.carrier.LoopLoad;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for many descriptors at once and wakes the threads that wait for one each.
 *
 * <pre>
 *   polling: ask for events, yield to the threads that were woken, again ◀──┐
 *      │ there were none                                                   │ events
 *      ▼                                                                   │
 *   pausing: wait in the kernel for a moment, on the carrier ──────────────┤
 *      │ there were none, or others want the carrier                       │
 *      ▼                                                                   │ there are more at once,
 *   idle: the idle thread waits for events and wakes those they are for ───┘ or close
 * </pre>
 *
 * <p>To hand over to the idle thread and back takes several wake-ups of threads, which cost more
 * than to answer a short request: so while there is something to do every now and then, the loop
 * pauses instead.
 *
 * <p>No failure ends the loop, but that the epoll descriptor is gone. The kernel tells of each
 * change once, so after a failure, which may have been in between, all look for themselves.
 *
 * <p>An event names what it is for by an id that is not used again, so it cannot be taken for one
 * of a later descriptor with the same number.
 */
final class EpollLoop implements Runnable {
    private static final Logger LOG = Loggers.of(EpollLoop.class);

    /** What the wake-up's events name, which is no key's id. */
    private static final long WAKE_UP = 0;

    /** Guards the number from those who register; those who poll end before it is closed. */
    private final Descriptor epoll;

    private final int epollNumber;
    private final Descriptor wakeUp;
    private final Arena arena = Arena.ofAuto();
    private final Epoll events = new Epoll(arena);
    private final BoundedPoll pause = new BoundedPoll(arena);
    private final InlinePollSlot linger;
    private final LoopLoad workload;
    private final LoopFailures failures;
    private final IdlePoller idle;
    private final Thread thread;

    private final KeyTable<EpollKey> keys = new KeyTable<>();

    /** The loop's own: nobody seems to need the carrier while the loop waits on it for a moment. */
    private boolean carrierIsFree = true;

    /** Whether events may have been lost; set by whoever polls, cleared by the loop. */
    private volatile boolean missed;

    private volatile boolean closed;

    EpollLoop(int number, CarrierControl limit) throws IOException {
        epollNumber = Errno.checked(Epoll.create());
        epoll = new Descriptor(epollNumber);
        int wake = Epoll.createWakeUp();
        wakeUp = new Descriptor(wake);
        int added = wake < 0 ? wake : Epoll.add(epollNumber, wake, Epoll.IN, WAKE_UP);
        if (added < 0) {
            epoll.close();
            if (wake >= 0) wakeUp.close();
            throw Errno.ofSocket(-added);
        }
        linger = new InlinePollSlot(epoll);
        String name = "loomline-epoll-" + number;
        failures = new LoopFailures(name);
        idle = new IdlePoller(number, this::waitUntilBusy, failures);
        thread =
                Thread.ofVirtual().inheritInheritableThreadLocals(false).name(name).unstarted(this);
        workload = LoopLoad.under(limit);
    }

    void start() {
        idle.start();
        thread.start();
    }

    /** Watches a descriptor from now on; it belongs to the key, and is closed if this fails. */
    EpollKey register(int number, int interest) throws IOException {
        EpollKey key;
        try {
            key = new EpollKey(keys, new Descriptor(number), keys.newId(number));
        } catch (Throwable e) { // such as that there is no memory for it
            Libc.close(number);
            throw e;
        }
        try {
            keys.add(key);
            SocketIo.prepare(number);
            add(key, interest);
            // looked at after registration: whoever closes looks for registrations after setting it
            if (closed) throw new IOException("the driver is closed");
        } catch (Throwable e) {
            key.close();
            throw e;
        }
        return key;
    }

    /** How the reader of a channel waits. */
    InlinePollInput loneInput(EpollKey key) {
        return new InlinePollInput(key, linger);
    }

    private void add(EpollKey key, int interest) throws IOException {
        int events = interest | Epoll.EDGE_TRIGGERED;
        Errno.checked(
                epoll.use(number ->
                        key.descriptor().use(n -> Epoll.add(number, n, events, key.id()))));
    }

    @Override
    public void run() {
        try {
            while (!closed) surviveTurn();
        } catch (DescriptorGoneException e) {
            LOG.error("the loop's descriptor is gone; its channels are closed", e);
        } finally {
            end();
        }
    }

    private void end() {
        closed = true;
        try {
            workload.close();
            idle.end();
            closeKeys();
        } finally {
            epoll.close();
            wakeUp.close();
        }
    }

    private void surviveTurn() throws DescriptorGoneException {
        try {
            if (missed) wakeAll();
            takeTurn();
            failures.passed();
        } catch (DescriptorGoneException e) {
            throw e;
        } catch (Throwable e) {
            missed = true;
            failures.note(e);
            if (!closed) failures.pause();
        }
    }

    private void takeTurn() throws IOException {
        int count = poll();
        if (count == 0) count = pause();
        if (closed) return;
        if (count > 0 || workload.isInTheWay()) giveWay(count);
        else beIdle();
    }

    private void wakeAll() {
        missed = false; // first: what is missed from here on counts
        keys.all().forEach(EpollKey::onMissed);
    }

    /** Lets the threads run that were woken, and learns whether others want the carrier, too. */
    @SuppressWarnings("ThreadPriorityCheck") // yielding is the point
    private void giveWay(int woken) {
        workload.giveWay(woken);
        Thread.yield();
        carrierIsFree = workload.resume();
    }

    private int pause() throws IOException {
        workload.upToDate();
        if (!carrierIsFree || workload.isInTheWay()) return 0;
        linger.loopIdle(true);
        boolean ready = pause.await(epollNumber);
        linger.loopIdle(false);
        workload.waited();
        return ready ? poll() : 0;
    }

    private void beIdle() {
        linger.loopIdle(true);
        workload.idle();
        idle.await();
    }

    /** On the idle thread, while the loop is parked. */
    private void waitUntilBusy() throws IOException {
        try {
            do {
                dispatch(events.waitFor(epollNumber));
            } while (!closed && !missed && poll() == 0);
        } catch (Throwable e) {
            missed = true;
            throw e;
        } finally {
            linger.loopIdle(false); // before the loop has a carrier, which a reader may hold
        }
    }

    private int poll() throws IOException {
        return dispatch(events.poll(epollNumber));
    }

    private int dispatch(int count) throws IOException {
        if (count == -Errno.EINTR) return 0;
        if (count == -Errno.EBADF || count == -Errno.EINVAL)
            throw new DescriptorGoneException(count);
        Errno.checked(count);
        if (count > 0) linger.addEvents(count);
        for (int i = 0; i < count; i++) dispatchOne(i);
        return count;
    }

    /** What fails for one must not cost the others their event. */
    private void dispatchOne(int index) {
        try {
            EpollKey key = keys.get(events.data(index));
            if (key != null) key.onEvents(events.events(index));
        } catch (Throwable e) {
            missed = true;
            failures.note(e);
        }
    }

    /** Somebody else has closed it, or made it something else. */
    @SuppressWarnings("serial") // is logged and forgotten
    private static final class DescriptorGoneException extends IOException {
        DescriptorGoneException(int result) {
            super("epoll_wait failed with errno " + -result);
        }
    }

    /** Frees the descriptors at last, so that nobody takes the close of one for its peer's end. */
    private List<EpollKey> closeKeys() {
        List<EpollKey> held = keys.all().filter(key -> key.descriptor().tryEnter()).toList();
        held.forEach(EpollKey::close);
        held.forEach(key -> key.descriptor().exit());
        return held;
    }

    /** Ends the loop and closes what is registered. <i>Blocks</i> until that is done. */
    void close() {
        closed = true;
        // before the loop ends, which has no turn as long as others do not wait
        List<EpollKey> keysClosed = closeKeys();
        wake();
        LockSupport.unpark(thread); // if it pauses after a failure
        IdlePoller.awaitEnd(thread);
        keysClosed.forEach(key -> key.descriptor().awaitFreed());
    }

    private void wake() {
        try {
            wakeUp.use(Epoll::wakeUp);
        } catch (IOException e) {
            LOG.trace("the loop has ended already", e);
        }
    }
}
