package io.loomline.net.read;

import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.wire.WaitTimeouts.Budget;
import io.loomline.stream.MessageTooLongException;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.util.Objects;

/** The bytes of a budget of reads. Received bytes that are beyond it are hidden in the window. */
final class InputBudget {
    /** The position of an end that is never reached. */
    private static final long UNBOUNDED = Long.MAX_VALUE;

    /** For inputs that never had a budget. Shared, and never changed. */
    static final InputBudget NONE = new InputBudget(new ReadBuffer());

    private final ReadBuffer window;

    /** The budget that bounds the window; null if none does. */
    private @Nullable Budget open;

    /**
     * The position in the input at which the budget ends. {@code UNBOUNDED} without one, and until
     * the rest of an earlier line is skipped, which the budget does not count.
     */
    private long endPosition = UNBOUNDED;

    private InputBudget(ReadBuffer window) {
        this.window = window;
    }

    /** This budget, unless it is {@link #NONE}: then a new one. */
    InputBudget own(ReadBuffer window) {
        return this == NONE ? new InputBudget(window) : this;
    }

    @Nullable Budget open() {
        return open;
    }

    /** Replaces the budget, and shows all bytes until {@link #begin}. */
    void replace(@Nullable Budget next) {
        open = next;
        endPosition = UNBOUNDED;
        window.show(UNBOUNDED);
    }

    /** Counts the bytes from a position on, unless it does already or there is no budget. */
    void begin(long position) {
        if (open == null || endPosition != UNBOUNDED) return;
        endPosition = position + Math.min(open.maxBytes(), UNBOUNDED - position);
        hide(position);
    }

    /** Hides the bytes beyond the budget in a window that begins at a position. */
    void hide(long position) {
        if (endPosition != UNBOUNDED) window.show(endPosition - position);
    }

    /** Does not count a byte that was skipped. */
    void skipped() {
        if (endPosition != UNBOUNDED) endPosition++;
    }

    /** The exception of a read that needs a byte beyond the budget. */
    MessageTooLongException exceeded(SocketAddress remote) {
        Budget spent = Objects.requireNonNull(open);
        return new MessageTooLongException("the input within a budget", remote, spent.maxBytes());
    }
}
