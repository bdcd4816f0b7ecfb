package io.loomline.tls.record;

import io.loomline.driver.Channel;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/**
 * Reads records from the channel below and opens them.
 *
 * <p><i>Threads:</i> one reader. A writer whose write fails may look for the peer's alert while no
 * read is in progress.
 */
public final class RecordReader {
    /** The most plaintext that a writer sets aside while it looks for the peer's alert. */
    private static final int MAX_SET_ASIDE_BYTES = 64 * 1024;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SSLEngine engine;
    private final boolean lenientClose;
    private final Supplier<? extends IOException> truncation;
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private final RecordInput input;
    private final RecordRules rules;

    /** Opened bytes that did not fit into the target; null if there are none. */
    private @Nullable ByteBuffer plain;

    private boolean ended;

    /** Whether a record was opened since the handshake. */
    private boolean opened;

    private @Nullable IOException failure;

    /** Whether the engine has something to send, such as the answer to a key update. */
    private boolean wantsWrap;

    /**
     * Creates a reader.
     *
     * @param lenientClose whether the end of the input needs no close_notify
     * @param truncation makes the exception for an end without close_notify
     */
    public RecordReader(
            Channel below,
            SSLEngine engine,
            boolean lenientClose,
            Supplier<? extends IOException> truncation) {
        this.input = new RecordInput(below);
        this.rules = new RecordRules(engine);
        this.engine = engine;
        this.lenientClose = lenientClose;
        this.truncation = truncation;
    }

    /**
     * Adds bytes that were received before. Called before the handshake.
     *
     * @param received the bytes, which are copied
     */
    public void feed(ByteBuffer received) {
        input.feed(received);
    }

    /** Called when the handshake is complete: application data may follow. */
    public void establish() {
        rules.establish();
    }

    /**
     * Reads one step of the handshake. Never blocks.
     *
     * @return whether the engine has consumed a record
     */
    public boolean tryHandshakeStep() throws IOException {
        lock.lock();
        try {
            while (!input.hasRecord()) {
                int moved = input.fill();
                if (moved == 0) return false;
                if (moved < 0) throw endedInHandshake();
            }
            rules.check(input.bytes());
            if (isAlert()) rules.count(0); // a warning: other alerts end the handshake
            return unwrap(NOTHING).bytesConsumed() > 0;
        } finally {
            input.trim();
            lock.unlock();
        }
    }

    /** Peers that leave without a byte, such as health checks, can be told apart by the type. */
    private IOException endedInHandshake() {
        return input.hasReceived()
                ? new SSLHandshakeException("the peer closed the connection during the handshake")
                : new EOFException("the peer closed the connection without starting the handshake");
    }

    public int tryRead(ByteBuffer target) throws IOException {
        lock.lock();
        try {
            int moved = takePlain(target);
            if (moved > 0) return moved;
            if (failure != null) throw failure;
            return ended ? -1 : read(target);
        } catch (SSLException e) {
            failure = e;
            throw e;
        } finally {
            input.trim();
            lock.unlock();
        }
    }

    private int read(ByteBuffer target) throws IOException {
        int before = target.position();
        while (target.position() == before) {
            if (input.hasRecord()) {
                open(target);
                if (ended) return -1;
                continue;
            }
            int moved = input.fill();
            if (moved == 0) return 0;
            if (moved < 0) return truncated();
        }
        openRest(target);
        return target.position() - before;
    }

    /** Opens the records that have arrived and fit. The next read reports a failure. */
    private void openRest(ByteBuffer target) {
        try {
            while (!ended && input.hasRecord() && !isAlert() && fits(target)) open(target);
        } catch (SSLException e) {
            failure = e;
            wantsWrap = true;
        }
    }

    /** An alert stays for a read of its own: in TLS 1.2, it ends the output, too. */
    private boolean isAlert() {
        return input.type() == RecordHeader.ALERT;
    }

    private boolean fits(ByteBuffer target) {
        return target.remaining() >= input.recordBytes();
    }

    private int truncated() throws IOException {
        if (!lenientClose || !input.isEmpty()) {
            failure = truncation.get();
            throw failure;
        }
        ended = true;
        return -1;
    }

    /** Opens one record, into the target if it fits. */
    private void open(ByteBuffer target) throws SSLException {
        opened = true;
        rules.check(input.bytes());
        SSLEngineResult result = fits(target) ? unwrap(target) : unwrapAside(target);
        HandshakeStatus status = result.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) DelegatedTasks.run(engine);
        ended = engine.isInboundDone(); // CLOSED may also mean that our own output has ended
        if (status == HandshakeStatus.NEED_WRAP && !ended) wantsWrap = true; // no close_notify yet
        rules.count(result.bytesProduced());
    }

    private SSLEngineResult unwrapAside(ByteBuffer target) throws SSLException {
        ByteBuffer aside = RecordBuffers.take();
        SSLEngineResult result = unwrap(aside);
        plain = aside.flip();
        takePlain(target);
        return result;
    }

    private SSLEngineResult unwrap(ByteBuffer target) throws SSLException {
        SSLEngineResult result = EngineCall.run(() -> engine.unwrap(input.bytes(), target));
        boolean stuck = result.bytesConsumed() == 0 && result.bytesProduced() == 0;
        boolean waits =
                result.getStatus() == Status.OK
                        && result.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
        if (stuck && !waits && !engine.isInboundDone()) {
            throw new SSLException("the TLS engine took no record: " + result);
        }
        return result;
    }

    private int takePlain(ByteBuffer target) {
        ByteBuffer bytes = plain;
        if (bytes == null) return 0;
        int moved = Math.min(bytes.remaining(), target.remaining());
        target.put(target.position(), bytes, bytes.position(), moved);
        target.position(target.position() + moved);
        bytes.position(bytes.position() + moved);
        if (!bytes.hasRemaining()) {
            RecordBuffers.release(bytes);
            plain = null;
        }
        return moved;
    }

    /** Whether a read would find something without looking below; prepares for a wait if not. */
    public boolean isReady() {
        lock.lock();
        try {
            return plain != null || ended || failure != null || input.isReady();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the engine has something to send since the last call. */
    public boolean takeWantsWrap() {
        boolean wants = wantsWrap;
        if (wants) wantsWrap = false;
        return wants;
    }

    /** Drops what has arrived below, so that a close does not become a reset. Never blocks. */
    public void drop() throws IOException {
        if (!lock.tryLock()) return; // the reader takes it
        try {
            input.drop();
        } finally {
            lock.unlock();
        }
    }

    /** Whether no record has been opened since the handshake. */
    public boolean isFirst() {
        lock.lock();
        try {
            return !opened && !ended && failure == null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The alert in which the peer has told why it ended the connection, if it has arrived.
     * Plaintext before it is set aside for the reader.
     */
    public @Nullable SSLException findAlert() {
        if (!lock.tryLock()) return null; // the reader finds it
        try {
            return lookForAlert();
        } catch (SSLException e) {
            failure = e;
            return e;
        } catch (IOException e) {
            return null; // the loss that the writer reports
        } finally {
            input.trim();
            lock.unlock();
        }
    }

    private @Nullable SSLException lookForAlert() throws IOException {
        if (failure instanceof SSLException known) return known;
        ByteBuffer aside = ByteBuffer.allocate(MAX_SET_ASIDE_BYTES);
        takePlain(aside);
        try {
            while (mayContinue(aside) && read(aside) > 0) {}
        } finally {
            if (aside.position() > 0) setAside(aside.flip());
        }
        return null;
    }

    private boolean mayContinue(ByteBuffer aside) {
        return plain == null && failure == null && !ended && aside.hasRemaining();
    }

    private void setAside(ByteBuffer first) {
        ByteBuffer second = plain == null ? NOTHING : plain;
        plain = ByteBuffer.allocate(first.remaining() + second.remaining());
        plain.put(first).put(second).flip();
    }
}
