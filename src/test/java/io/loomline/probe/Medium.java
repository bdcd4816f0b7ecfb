package io.loomline.probe;

import io.loomline.Drivers;
import io.loomline.driver.Driver;
import io.loomline.task.Clock;
import io.loomline.task.SystemClock;
import io.loomline.testing.ConnectionPair;

/** What can be between two connections. A test of what connections promise runs over each. */
public enum Medium {
    TCP(-1),
    /** A Unix-domain socket. */
    UNIX(-1),
    MEMORY(-1),
    /** Every byte has to wait for room. */
    ONE_BYTE(1),
    /** Nothing is taken before the peer waits for it. */
    LOCK_STEP(0);

    /** Of a pair; negative for a connection that the driver makes. */
    private final int bufferBytes;

    Medium(int bufferBytes) {
        this.bufferBytes = bufferBytes;
    }

    /** A driver that nobody else uses. */
    public Driver newDriver() {
        return isOfTheKernel() ? Kernel.chosen().newDriver() : Drivers.memory();
    }

    /** More than what is between the two connections holds. */
    public int cloggingBytes() {
        return isOfTheKernel() ? 16 << 20 : 1 << 20;
    }

    /** Whether the peer of an abort gets an error also if it has sent nothing: unix(7) has none. */
    public boolean tellsOfAnAbort() {
        return this != UNIX;
    }

    private boolean isOfTheKernel() {
        return this == TCP || this == UNIX;
    }

    public Link open() {
        return open(SystemClock.INSTANCE);
    }

    public Link open(Clock clock) {
        if (this == UNIX) return Link.overUnix(newDriver(), clock);
        if (bufferBytes < 0) return Link.over(newDriver(), clock);
        var pair = ConnectionPair.open(bufferBytes, clock);
        return new Link(pair.first(), pair.second(), newDriver());
    }
}
