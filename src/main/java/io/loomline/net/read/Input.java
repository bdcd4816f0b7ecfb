package io.loomline.net.read;

import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.buffer.ReadBuffer.Filled;
import io.loomline.net.wire.FinalAttempt;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.SecondReaderException;
import io.loomline.net.wire.WaitTimeouts;
import io.loomline.net.wire.WaitTimeouts.Budget;
import io.loomline.net.write.Output;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.stream.MessageTooLongException;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

/**
 * The reading side of a connection: admits one reader at a time and fills its window. A read takes
 * bytes out of the window only when it succeeds, so a cancelled read loses none.
 */
public final class Input extends ReaderAdmission {
    private final GuardedChannel channel;
    private final Output output;
    private final InputWait wait;

    // of its own from the first use on, which most connections never come to
    private LineRemainder remainder = LineRemainder.NONE;
    private InputBudget budget = InputBudget.NONE;

    // only the reader uses the rest
    /**
     * The result of the last read from the channel. After {@code ALL} a further read would find
     * nothing, so the reader waits first.
     */
    private Filled last = Filled.MORE;

    /** Why this side has ended the input, so that all further reads throw; null if it has not. */
    private @Nullable String endReason;

    /** The number of bytes read from the channel. */
    private long filledBytes;

    public Input(GuardedChannel channel, ReadBuffer window, Output output) {
        super(window);
        this.channel = channel;
        this.output = output;
        wait = new InputWait(channel, window);
    }

    /** Begins a read, which ends with {@link #leave}. <i>Blocks</i> to skip a rejected line. */
    void enter() throws IOException, InterruptedException {
        enterWithoutWaiting();
        if (budget.open() == null && !remainder.isRejected()) return;
        try {
            channel.reading().requireBudgetTime();
            if (remainder.isRejected()) skipRejectedLine(Input::never);
        } catch (Throwable e) {
            leave();
            throw e;
        }
    }

    /** Begins a read that must not wait. The rest of a rejected line may still be in the window. */
    void enterWithoutWaiting() throws IOException, InterruptedException {
        requireNoOtherReader(admit());
        try {
            check();
            if (endReason != null) throw ended(endReason);
        } catch (Throwable e) {
            leave();
            throw e;
        }
        Budget open = channel.reading().budget();
        if (open != budget.open()) use(open);
    }

    /** Hides the bytes beyond a budget, and shows the ones beyond the last. */
    private void use(@Nullable Budget open) {
        budget = budget.own(window);
        budget.replace(open);
        remainder.skipSecondHalf();
        if (!remainder.isRejected()) budget.begin(position());
    }

    /**
     * Drops the second half of a terminator if it has arrived. No budget counts it: whether it
     * arrives with the first half or later makes no difference.
     *
     * @return whether it came
     */
    private boolean skipSecondHalf() {
        if (!remainder.expectsSecondHalf()) return false;
        window.show(Long.MAX_VALUE);
        boolean came = remainder.skipSecondHalf();
        if (came) budget.skipped();
        budget.hide(position());
        return came;
    }

    /** Skips the received bytes of a rejected line. Returns whether its end was reached. */
    private boolean skipRejected() {
        if (!remainder.skipRejected()) return false;
        skipSecondHalf();
        budget.begin(position());
        return true;
    }

    private void requireNoOtherReader(long otherId) throws ConnectionClosedException {
        if (otherId == NONE) return;
        channel.requireOpen(); // the other thread may be the closing one
        throw SecondReaderException.during(
                otherId, wait.waiter(), "reading from " + remoteAddress());
    }

    /** Makes all further reads throw. */
    void end(String reason) {
        endReason = reason;
    }

    private ConnectionClosedException ended(String reason) {
        String closed = "input from %s (%s)".formatted(remoteAddress(), reason);
        return new ConnectionClosedException(closed, null);
    }

    /** Called between two steps of a read that consumes bytes as they arrive. */
    void check() throws IOException, InterruptedException {
        Task.checkCancelled();
        channel.requireOpen();
    }

    /** Wakes a reader that waits for input, which then checks whether the connection is closed. */
    public void wakeReader() {
        wait.wake();
    }

    /** The largest number of bytes that it reads ahead. */
    int bufferBytes() {
        return channel.limits().bufferBytes();
    }

    SocketAddress remoteAddress() {
        return channel.remoteAddress();
    }

    /**
     * Makes every further read skip the rest of a line first.
     *
     * @param ending the line's ending
     * @param seenBytes the number of bytes in the window that certainly belong to the line
     */
    void rejectLine(Ending ending, int seenBytes) {
        remainder = remainder.own(window);
        remainder.reject(ending, position());
        window.consume(seenBytes);
    }

    private void skipRejectedLine(BooleanSupplier stopped)
            throws IOException, InterruptedException {
        while (!skipRejected()) {
            if (fill(window.length() + 1, remainder.position(), stopped)) continue;
            if (!hasEnded()) return; // stopped
            remainder.endRejected(); // the end of the input also ends the line
        }
    }

    /**
     * Waits for the first byte of a message, and first for the end of a rejected line. A byte that
     * has arrived when the wait is stopped counts.
     *
     * @param stopped whether to stop waiting; the reader is woken when it becomes true
     * @return false at the end of the input, or if no byte has arrived when the wait is stopped
     */
    boolean awaitFirst(BooleanSupplier stopped) throws IOException, InterruptedException {
        skipRejectedLine(stopped);
        if (remainder.isRejected()) return false;
        return !window.isEmpty() || fill(1, WaitTimeouts.NO_LINE, stopped);
    }

    /** Makes every further read skip the byte that forms a pair with the end of a line, if any. */
    void lineEndedWith(byte end) {
        remainder = remainder.own(window);
        remainder.endedWith(end);
        skipSecondHalf();
    }

    /** The position in the input of the window's first byte. */
    long position() {
        return filledBytes - window.unreadBytes();
    }

    /**
     * Waits until the window has at least one byte more.
     *
     * @param wanted the number of bytes the reader needs in the window; more than it has
     * @return false at the end of the input
     */
    boolean fill(int wanted) throws IOException, InterruptedException {
        return fill(wanted, WaitTimeouts.NO_LINE);
    }

    /**
     * Does the same for a line or another message, whose timeout runs from its first byte.
     *
     * @param most the largest size of the message; the window grows towards it as bytes arrive
     */
    boolean fillLine(int most) throws IOException, InterruptedException {
        long ahead = Math.max(2L * window.length(), bufferBytes());
        return fill((int) Math.min(most, ahead), messagePosition(), Input::never);
    }

    /** Does the same for a message of which the reader needs that many bytes. */
    boolean fillMessage(int wanted) throws IOException, InterruptedException {
        return fill(wanted, messagePosition());
    }

    /** The position of a message that has begun; its time runs. */
    private long messagePosition() {
        return window.isEmpty() ? WaitTimeouts.NO_LINE : position();
    }

    /**
     * Does the same for a message whose first byte is, or was, at that position in the input.
     *
     * @throws MessageTooLongException if the next byte is beyond the budget
     */
    boolean fill(int wanted, long linePosition) throws IOException, InterruptedException {
        return fill(wanted, linePosition, Input::never);
    }

    private boolean fill(int wanted, long linePosition, BooleanSupplier stopped)
            throws IOException, InterruptedException {
        int before = window.length();
        if (!window.hides() && !fillWindow(wanted, linePosition, stopped)) return false;
        if (window.length() > before) return true;
        throw budget.exceeded(remoteAddress());
    }

    private static boolean never() {
        return false;
    }

    /** Used by the reader. */
    WaitTimeouts timeouts() {
        return channel.reading();
    }

    private boolean fillWindow(int wanted, long linePosition, BooleanSupplier stopped)
            throws IOException, InterruptedException {
        if (hasEnded()) return false;
        beginFilling();
        Filled filled = isDrained() ? Filled.NOTHING : fillNow(wanted);
        while (filled == Filled.NOTHING) {
            channel.reading().rateInput(linePosition, filledBytes);
            InterruptedException cut = wait.await(linePosition, true, stopped);
            boolean isLast = stopped.getAsBoolean(); // before the attempt, which sees what came
            filled = cut == null ? fillNow(wanted) : FinalAttempt.after(cut, () -> tryFill(wanted));
            if (isLast && filled == Filled.NOTHING) return false;
        }
        return note(filled);
    }

    /** Waits, but not for input, until the connection is closed or a limit has expired. */
    void awaitClose() throws IOException, InterruptedException {
        output.flushWithoutWaiting();
        wait.awaitClose();
    }

    /**
     * Whether a read may bypass the window: no byte in it comes first, and none that comes next has
     * to be looked at.
     */
    boolean allowsReadingDirectly() {
        return window.isEmpty() && budget.open() == null && !remainder.expectsSecondHalf();
    }

    /**
     * Reads directly into a large target, which saves a copy.
     *
     * @return the number of bytes; -1 at the end of the input
     */
    int readDirectly(ByteBuffer target) throws IOException, InterruptedException {
        int moved = readDirectly(() -> channel.tryRead(target));
        if (moved > 0 && target.hasRemaining()) last = Filled.ALL;
        return moved;
    }

    /** Reads past the window. Returns the number of bytes; -1 at the end; less if that fails. */
    int readDirectly(DirectRead read) throws IOException, InterruptedException {
        assert allowsReadingDirectly() : "the window comes first";
        if (hasEnded()) return -1;
        beginFilling();
        int moved = isDrained() ? 0 : read.run();
        while (moved == 0) {
            channel.reading().rateInput(WaitTimeouts.NO_LINE, filledBytes);
            InterruptedException cut = wait.await(WaitTimeouts.NO_LINE, true, Input::never);
            moved = cut == null ? read.run() : FinalAttempt.after(cut, read::runOrNull);
        }
        if (moved < -1) return moved;
        filledBytes += Math.max(0, moved);
        return note(moved < 0 ? Filled.END : Filled.MORE) ? moved : -1;
    }

    private void beginFilling() throws SocketTimeoutException {
        if (budget.open() != null) channel.reading().requireBudgetTime();
        output.flushWithoutWaiting();
        channel.reading().restart();
    }

    /** Notes the result of a read that found something. Returns false for the end of the input. */
    private boolean note(Filled filled) throws IOException {
        assert filled != Filled.NOTHING : "a reader waits for something";
        if (filled == Filled.END) channel.requireOpen(); // it may be the effect of our own close
        last = filled;
        return filled != Filled.END;
    }

    private boolean isDrained() {
        return last == Filled.ALL;
    }

    private @Nullable Filled tryFill(int wanted) throws IOException {
        Filled filled = fillNow(wanted);
        return filled == Filled.NOTHING ? null : filled;
    }

    private Filled fillNow(int wanted) throws IOException {
        int before = window.length();
        Filled filled = window.fillFrom(channel, wanted, bufferBytes());
        filledBytes += window.length() - before;
        windowFilled();
        boolean secondHalfOnly = skipSecondHalf() && window.unreadBytes() == 0;
        budget.hide(position());
        return secondHalfOnly ? Filled.NOTHING : filled;
    }

    /** The number of bytes in the window; if it is empty, reads into it without waiting first. */
    int available() throws IOException {
        if (window.unreadBytes() == 0 && !hasEnded()) {
            Filled filled = fillNow(1);
            if (filled != Filled.NOTHING) note(filled);
        }
        return skipRejected() ? window.length() : 0;
    }

    /** Begins a read without any check. Returns false if another thread is reading. */
    boolean tryTakeOver() {
        return admit() == NONE;
    }

    /** Takes all bytes out of the window. They belong to the reader's next layer. */
    byte[] takeReceived() {
        window.show(Long.MAX_VALUE);
        byte[] received = window.take(window.length());
        remainder.expectNothing();
        last = Filled.MORE; // what was below may be drained, but not what is now
        return received;
    }

    /** The reader while it waits for input, and not for something else. */
    public @Nullable Thread waiter() {
        return wait.waiter();
    }

    boolean hasEnded() {
        return last == Filled.END;
    }

    /**
     * Drops unread and available input, which does not count as read. Returns false if none came.
     */
    boolean drop() throws IOException {
        long readBytes = position();
        if (budget.open() != null) budget.replace(null);
        try {
            window.clear();
            Filled filled = fillNow(1);
            window.clear();
            if (filled == Filled.END) last = filled;
            return filled == Filled.MORE || filled == Filled.ALL;
        } finally {
            filledBytes = readBytes;
        }
    }

    /** The number of bytes that have arrived, until the connection is closed. */
    public long receivedBytes() {
        return filledBytes;
    }

    /** The number of bytes that the connection's user has read. */
    public long bytesRead() {
        return position();
    }
}
