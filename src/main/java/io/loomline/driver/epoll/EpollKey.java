package io.loomline.driver.epoll;

/** A descriptor's place in the loop: its two directions, and who waits for each. */
final class EpollKey implements KeyTable.Identified {
    /** What a channel hears of. */
    static final int INTEREST = Epoll.IN | Epoll.PRI | Epoll.OUT | Epoll.RDHUP;

    /** The same without what each packet brings. */
    static final int INTEREST_UNREAD = Epoll.OUT | Epoll.RDHUP;

    private final KeyTable<EpollKey> keys;
    private final Descriptor descriptor;
    private final long id;
    private final PollDirection input = new PollDirection();
    private final PollDirection output = new PollDirection();

    private volatile boolean urgent;

    /**
     * Creates a key.
     *
     * @param keys where it is found; it takes itself out when it is closed
     * @param descriptor is its own from now on
     * @param id what events name it by
     */
    EpollKey(KeyTable<EpollKey> keys, Descriptor descriptor, long id) {
        this.keys = keys;
        this.descriptor = descriptor;
        this.id = id;
    }

    @Override
    public long id() {
        return id;
    }

    Descriptor descriptor() {
        return descriptor;
    }

    PollDirection input() {
        return input;
    }

    PollDirection output() {
        return output;
    }

    void awaitInput() throws InterruptedException {
        input.await();
    }

    void awaitOutput() throws InterruptedException {
        output.await();
    }

    /** Whether there was urgent data, which a read stops at though there is more: tcp(7). */
    boolean hasUrgent() {
        return urgent;
    }

    /** On the loop. */
    void onEvents(int events) {
        if ((events & Epoll.PRI) != 0) urgent = true;
        if ((events & (Epoll.RDHUP | Epoll.HUP | Epoll.ERR)) != 0) input.end();
        if ((events & (Epoll.HUP | Epoll.ERR)) != 0) output.end();
        if ((events & (Epoll.IN | Epoll.PRI)) != 0) input.onEvent();
        if ((events & Epoll.OUT) != 0) output.onEvent();
    }

    /**
     * On the loop: events may have been lost. Whoever waits looks for itself, and from now on reads
     * until there is nothing, because the end of the input may have been among them.
     */
    void onMissed() {
        onEvents(Epoll.IN | Epoll.PRI | Epoll.OUT);
    }

    /** Frees the descriptor, or leaves that to those who use it, and lets the waiters find out. */
    void close() {
        if (!descriptor.close()) return;
        keys.remove(this);
        input.end();
        output.end();
    }
}
