package io.loomline.probe;

import io.loomline.Drivers;
import io.loomline.driver.Driver;
import io.loomline.task.Clock;
import io.loomline.task.SystemClock;
import io.loomline.testing.ConnectionPair;

/** The ways to connect two connections. Tests of the rules of connections run over each. */
public enum Medium {
    TCP(-1),
    /** A Unix-domain socket. */
    UNIX(-1),
    MEMORY(-1),
    /** A buffer of one byte: nearly every byte has to wait. */
    ONE_BYTE(1),
    /** No buffer: a write completes only while the peer reads. */
    LOCK_STEP(0);

    /** The buffer of a pair in memory; negative for a connection made by a driver. */
    private final int bufferBytes;

    Medium(int bufferBytes) {
        this.bufferBytes = bufferBytes;
    }

    /** A new driver. */
    public Driver newDriver() {
        return usesKernel() ? Kernel.chosen().newDriver() : Drivers.memory();
    }

    /** More bytes than the medium buffers. */
    public int cloggingBytes() {
        return usesKernel() ? 16 << 20 : 1 << 20;
    }

    /** Whether the peer of an abort gets an error even if it has sent nothing. */
    public boolean tellsOfAnAbort() {
        return this != UNIX;
    }

    private boolean usesKernel() {
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
