package io.loomline.driver.epoll;

/**
 * The registration of a descriptor with a loop: its two directions and the thread that waits for
 * each.
 */
final class EpollKey implements KeyTable.Identified {
    /**
     * The events of a channel. It is registered once for both directions.
     *
     * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll(7)</a>:
     * "This allows you to avoid continuously switching between EPOLLIN and EPOLLOUT calling
     * epoll_ctl(2) with EPOLL_CTL_MOD."
     *
     * <p>RDHUP reports the end of the input: <a
     * href="https://man7.org/linux/man-pages/man2/epoll_ctl.2.html">epoll_ctl(2)</a>: "Stream
     * socket peer closed connection, or shut down writing half of connection."
     */
    static final int INTEREST = Epoll.IN | Epoll.PRI | Epoll.OUT | Epoll.RDHUP;

    /** The events of a channel without those that each received packet causes. */
    static final int INTEREST_WITHOUT_INPUT = Epoll.OUT | Epoll.RDHUP;

    private final KeyTable<EpollKey> keys;
    private final Descriptor descriptor;
    private final long id;
    private final PollDirection input;
    private final PollDirection output = new PollDirection.WriteWait();

    private volatile boolean urgent;

    /** Whether the peer has ended its output, and had not reset the connection by then. */
    private volatile boolean inputEnded;

    /**
     * Creates a key.
     *
     * @param keys the table from which the key removes itself when it is closed
     * @param descriptor the descriptor, which the key owns from now on
     * @param id identifies the key in events
     * @param input the input: of a connection, or of a listener
     */
    EpollKey(KeyTable<EpollKey> keys, Descriptor descriptor, long id, PollDirection input) {
        this.keys = keys;
        this.descriptor = descriptor;
        this.id = id;
        this.input = input;
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

    /** Whether urgent data has arrived. Reads stop before it although more bytes are available. */
    boolean hasUrgent() {
        return urgent;
    }

    /** Whether the peer is known to have ended its output before any reset. */
    boolean hasInputEnded() {
        return inputEnded;
    }

    /** Called on the polling thread. */
    void onEvents(int events) {
        if ((events & (Epoll.RDHUP | Epoll.HUP | Epoll.ERR)) == Epoll.RDHUP) inputEnded = true;
        if ((events & Epoll.PRI) != 0) urgent = true;
        if ((events & (Epoll.RDHUP | Epoll.HUP | Epoll.ERR)) != 0) input.end();
        if ((events & (Epoll.HUP | Epoll.ERR)) != 0) output.end();
        if ((events & (Epoll.IN | Epoll.PRI)) != 0) input.onEvent();
        if ((events & Epoll.OUT) != 0) output.onEvent();
    }

    /**
     * Makes waiting threads try again, because events may have been lost. The end of the input may
     * have been among them, so from now on a short read does not count as the last. Called on the
     * loop.
     */
    void onMissed() {
        onEvents(Epoll.IN | Epoll.PRI | Epoll.OUT);
    }

    /** Closes the descriptor, which its last user frees, and wakes the waiters. Idempotent. */
    void close() {
        if (!descriptor.close()) return;
        keys.remove(this);
        input.end();
        output.end();
    }
}
