package io.loomline.net.write;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.net.SocketException;

/**
 * Whether an output takes bytes, and whether a close may be orderly.
 *
 * <pre>
 *   usable ──shut──▶ shut
 *     │ └──breakOff: a large write is cut after its first byte──▶ broken: the stream has a gap
 *     └──markPartial──▶ partial ──bytesTaken──▶ usable
 *                          └──close──▶ a reset, so that the peer does not take a part for the whole
 * </pre>
 *
 * <p><i>Threads:</i> any thread may call {@link #markPartial}; the others need the output's lock.
 */
final class OutputState {
    private enum State {
        USABLE,
        PARTIAL,
        SHUT,
        BROKEN
    }

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(OutputState.class, "state", State.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile State state = State.USABLE;

    /** Throws if the output takes no bytes. */
    void requireUsable(SocketAddress peer) throws SocketException {
        switch (state) {
            case USABLE, PARTIAL -> {}
            case SHUT -> throw new SocketException("the output to " + peer + " was shut down");
            case BROKEN ->
                    throw new SocketException(
                            "an earlier write to " + peer + " was cut in the middle");
        }
    }

    boolean isUsable() {
        return state == State.USABLE;
    }

    boolean isShut() {
        return state == State.SHUT;
    }

    void markPartial() {
        STATE.compareAndSet(this, State.USABLE, State.PARTIAL);
    }

    void bytesTaken() {
        if (state == State.PARTIAL) state = State.USABLE;
    }

    void shut() {
        state = State.SHUT;
    }

    void breakOff() {
        state = State.BROKEN;
    }
}
