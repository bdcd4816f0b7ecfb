package io.loomline.driver.epoll;

import io.loomline.driver.carrier.CarrierControl;
import io.loomline.driver.carrier.LoopFailures;
import io.loomline.driver.carrier.LoopGroup;
import io.loomline.driver.carrier.LoopLoad;
import io.loomline.driver.carrier.LoopThread;
import io.loomline.driver.libc.Errno;
import io.loomline.driver.libc.Libc;
import io.loomline.driver.libc.PipePool;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * Waits for the events of many descriptors and wakes the threads that wait for a descriptor each.
 *
 * <pre>
 *   polling: fetch events, yield to the woken threads, again ◀──────────────┐
 *      │ no events                                                          │ events
 *      ▼                                                                    │
 *   pausing: wait briefly in the kernel, holding the carrier ───────────────┤
 *      │ no events, or other threads need the carrier                       │
 *      ▼                                                                    │ several batches
 *   idle: the idle poller waits for events and wakes their threads ─────────┘ in a row, or close
 * </pre>
 *
 * <p>Handing over to the idle poller and back wakes several threads, which costs more than
 * answering a short request. So the loop pauses instead while events arrive every now and then.
 *
 * <p>No failure ends the loop, except that other code closes the epoll descriptor. The kernel
 * reports each change only once. So after a failure, which may have lost events, all waiting
 * threads try again.
 *
 * <p>Events identify their key by an id that is never reused. So an event cannot be mistaken for
 * one of a later descriptor with the same number.
 */
final class EpollLoop implements Runnable, LoopGroup.Loop {
    private static final Logger LOG = Loggers.of(EpollLoop.class);

    /** The data of the wake-up's events; differs from the ids of all keys. */
    private static final long WAKE_UP = 0;

    /** Guards the number during registrations. Polls need no guard: they end before the close. */
    private final Descriptor epoll;

    private final int epollNumber;
    private final Descriptor wakeUp;
    private final Arena arena = Arena.ofAuto();
    private final Epoll events = new Epoll(arena);
    private final BoundedPoll boundedPoll = new BoundedPoll(arena);
    private final InlinePollSlot inlinePolls;
    private final LoopLoad load;
    private final LoopFailures failures;
    private final IdlePoller idlePoller;
    private final LoopThread thread;

    private final KeyTable<EpollKey> keys = new KeyTable<>();
    private final PipePool pipes = new PipePool();

    /** Whether no other thread seems to need the carrier during a pause. Confined to the loop. */
    private boolean carrierIsFree = true;

    /** Whether events may have been lost; set by the polling thread, cleared by the loop. */
    private volatile boolean missed;

    private volatile boolean closed;

    EpollLoop(int number, CarrierControl control) throws IOException {
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
        inlinePolls = new InlinePollSlot(epoll);
        String name = "loomline-epoll-" + number;
        failures = new LoopFailures(name);
        idlePoller = new IdlePoller(number, this::pollUntilBusy, failures);
        thread = LoopThread.virtual(name, this);
        load = LoopLoad.open(control);
    }

    @Override
    public void start() {
        idlePoller.start();
        thread.start();
    }

    /** Begins to watch a descriptor. Its key takes ownership, and closes it if this fails. */
    EpollKey register(int number, int interest) throws IOException {
        EpollKey key;
        try {
            key = new EpollKey(keys, new Descriptor(number), keys.newId(number), input(interest));
        } catch (Throwable e) { // such as a lack of memory
            Libc.close(number);
            throw e;
        }
        assert key.id() != WAKE_UP : "a key with the id of the wake-up";
        try {
            keys.add(key);
            add(key, interest);
            // checked after registration: the close first sets the flag, then visits all keys
            if (closed) throw new IOException("the driver is closed");
        } catch (Throwable e) {
            key.close();
            throw e;
        }
        return key;
    }

    /** Only listeners have no output. */
    private static PollDirection input(int interest) {
        boolean listens = (interest & Epoll.OUT) == 0;
        return listens ? new PollDirection.AcceptWait() : new PollDirection.ReadWait();
    }

    /** Creates the input of a registered channel, which waits for the channel's reader. */
    InlinePollInput inlineInput(EpollKey key) {
        return new InlinePollInput(key, inlinePolls);
    }

    PipePool pipes() {
        return pipes;
    }

    private void add(EpollKey key, int interest) throws IOException {
        int events = interest | Epoll.EDGE_TRIGGERED;
        Errno.checked(
                epoll.use(number ->
                        key.descriptor().use(n -> Epoll.add(number, n, events, key.id()))));
    }

    /**
     * Ends the events of a key before its close, which does not do so if another process holds the
     * same open file.
     *
     * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll(7)</a>:
     * "A file descriptor is removed from an interest list only after all the file descriptors
     * referring to the underlying open file description have been closed."
     */
    void deregister(EpollKey key) {
        try {
            epoll.use(number -> key.descriptor().use(n -> Epoll.remove(number, n)));
        } catch (IOException e) {
            LOG.trace("the loop or the descriptor is closed already", e);
        }
    }

    @Override
    public void run() {
        try {
            while (!closed) runIteration();
        } catch (DescriptorGoneException e) {
            LOG.error("the epoll descriptor was closed by other code; closing its channels", e);
        } finally {
            end();
        }
    }

    private void end() {
        closed = true;
        try {
            load.close();
            idlePoller.end();
            closeKeys();
            pipes.close();
        } finally {
            epoll.close();
            wakeUp.close();
        }
    }

    private void runIteration() throws DescriptorGoneException {
        try {
            if (missed) wakeAll();
            pollOrWait();
            failures.recovered();
        } catch (DescriptorGoneException e) {
            throw e;
        } catch (Throwable e) {
            missed = true;
            failures.record(e);
            if (!closed) failures.pause();
        }
    }

    private void pollOrWait() throws IOException {
        assert thread.isCurrent() && idlePoller.isIdle() : "two threads poll";
        int count = poll();
        if (count == 0) count = pause();
        if (closed) return;
        if (count > 0 || load.isContended()) carrierIsFree = load.yieldTo(count);
        else handOver();
    }

    private void wakeAll() {
        missed = false; // first: events missed from here on count
        keys.all().forEach(EpollKey::onMissed);
    }

    private int pause() throws IOException {
        load.caughtUp();
        if (!carrierIsFree || load.isContended()) return 0;
        inlinePolls.loopIdle(true);
        boolean ready = boundedPoll.await(epollNumber);
        inlinePolls.loopIdle(false);
        load.paused();
        return ready ? poll() : 0;
    }

    private void handOver() {
        inlinePolls.loopIdle(true);
        load.idle();
        idlePoller.await();
    }

    /** Called on the idle poller's thread, while the loop is parked. */
    private void pollUntilBusy() throws IOException {
        assert !idlePoller.isIdle() : "two threads poll";
        try {
            do {
                dispatch(events.waitFor(epollNumber));
            } while (!closed && !missed && poll() == 0);
        } catch (Throwable e) {
            missed = true;
            throw e;
        } finally {
            inlinePolls.loopIdle(false); // before the loop needs a carrier, which a reader may hold
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
        if (count > 0) inlinePolls.addEvents(count);
        for (int i = 0; i < count; i++) dispatchOne(i);
        return count;
    }

    /** A failure of one key must not prevent the others from getting their events. */
    private void dispatchOne(int index) {
        try {
            long id = events.data(index);
            EpollKey key = keys.get(id);
            assert key == null || (id != WAKE_UP && id == key.id()) : "an event of another key";
            if (key != null) key.onEvents(events.events(index));
        } catch (Throwable e) {
            missed = true;
            failures.record(e);
        }
    }

    /** Reports that other code has closed the epoll descriptor, or reused its number. */
    @SuppressWarnings("serial") // is logged and dropped
    private static final class DescriptorGoneException extends IOException {
        DescriptorGoneException(int result) {
            super("epoll_wait failed with errno " + -result);
        }
    }

    /**
     * Closes all keys, then frees all descriptors, so that no reader mistakes a close for the end.
     */
    private List<EpollKey> closeKeys() {
        List<EpollKey> held = keys.all().filter(key -> key.descriptor().tryEnter()).toList();
        held.forEach(EpollKey::close);
        held.forEach(key -> key.descriptor().exit());
        return held;
    }

    @Override
    public void close() {
        closed = true;
        // before the loop has ended: it may not get a carrier until busy readers and writers end
        List<EpollKey> keysClosed = closeKeys();
        wake();
        thread.unpark(); // ends a pause after a failure
        thread.awaitEnd();
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
