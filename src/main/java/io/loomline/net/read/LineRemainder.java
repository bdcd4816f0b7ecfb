package io.loomline.net.read;

import io.loomline.net.buffer.ReadBuffer;
import io.loomline.stream.LineFormat.Ending;

import org.jspecify.annotations.Nullable;

/**
 * The bytes of the last line that no read returns: the rest of a rejected line, or the second half
 * of a terminator of two bytes. The reads after it skip them.
 *
 * <p>While a second half is expected, the window is empty: it is dropped, or found missing, as soon
 * as a byte is there.
 */
final class LineRemainder {
    private static final byte CR = '\r';
    private static final byte LF = '\n';
    private static final byte[] CRLF = {CR, LF};

    private static final byte NO_BYTE = 0;

    /** For inputs that expect nothing. Shared, and never changed. */
    static final LineRemainder NONE = new LineRemainder(new ReadBuffer());

    private final ReadBuffer window;

    /** The ending of the rejected line; null if there is none. */
    private @Nullable Ending rejected;

    /** The position in the input of the rejected line's first byte. */
    private long position;

    /** The byte that belongs to the last terminator if it comes next. */
    private byte secondHalf = NO_BYTE;

    private LineRemainder(ReadBuffer window) {
        this.window = window;
    }

    /** This one, unless it is {@link #NONE}: then a new one. */
    LineRemainder own(ReadBuffer window) {
        return this == NONE ? new LineRemainder(window) : this;
    }

    /** Whether a line was rejected whose end has not been found yet. */
    boolean isRejected() {
        return rejected != null;
    }

    long position() {
        return position;
    }

    /** Rejects a line, of which all further bytes are skipped. */
    void reject(Ending ending, long position) {
        assert rejected == null : "the rest of an earlier line has been skipped";
        rejected = ending;
        this.position = position;
    }

    /** Drops the received bytes of the rejected line. Returns whether its end was reached. */
    boolean skipRejected() {
        Ending ending = rejected;
        if (ending == null) return true;
        int found = indexOfEnd(ending);
        if (found < 0) {
            int partialTerminator = ending == Ending.CRLF ? 1 : 0;
            window.consume(Math.max(0, window.length() - partialTerminator));
            return false;
        }
        byte end = window.at(found);
        window.consume(found + (ending == Ending.CRLF ? CRLF.length : 1));
        if (ending == Ending.ANY) endedWith(end);
        rejected = null;
        return true;
    }

    private int indexOfEnd(Ending ending) {
        return switch (ending) {
            case LF_OR_CRLF, LENIENT_CRLF -> window.indexOf(LF, 0);
            case CRLF -> window.indexOf(CRLF, 0, window.length());
            case ANY -> window.indexOf(CR, LF, 0);
        };
    }

    /** Ends the rejected line with the end of the input. */
    void endRejected() {
        window.clear();
        rejected = null;
    }

    /** Expects the second half of a terminator, after a line that ended with CR or LF. */
    void endedWith(byte end) {
        secondHalf = end == CR ? LF : CR;
    }

    /** Drops the second half if it has arrived. Returns whether it did. */
    boolean skipSecondHalf() {
        if (secondHalf == NO_BYTE || window.isEmpty()) return false;
        boolean came = window.at(0) == secondHalf;
        if (came) window.consume(1);
        secondHalf = NO_BYTE;
        return came;
    }

    boolean expectsSecondHalf() {
        return secondHalf != NO_BYTE;
    }

    /** Expects no second half any more: what comes next is another layer's. */
    void expectNothing() {
        if (secondHalf != NO_BYTE) secondHalf = NO_BYTE;
    }
}
