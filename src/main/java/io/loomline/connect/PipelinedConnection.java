package io.loomline.connect;

import io.loomline.log.ErrorText;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.net.wire.Interrupts;
import io.loomline.outbox.Outbox;
import io.loomline.outbox.OutboxOptions;
import io.loomline.outbox.OutboxOptions.WhenFull;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection of a pipeline, and the requests on it that have no answer yet.
 *
 * <pre>
 *   open ──a write fails──▶ refusing: answers are still read ──the input ends, or 5 s──▶ ended
 *     └──the input ends or fails, a write was cut or has timed out, an answer is late──▶ ended
 * </pre>
 */
final class PipelinedConnection<A> {
    /** A peer that does not read its replies is cut, because the reader must not wait for it. */
    private static final OutboxOptions REPLIES = OutboxOptions.DEFAULT.withWhenFull(WhenFull.CUT);

    /** After a write has failed, the time for reading what the peer had sent before. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(5);

    private final Connection connection;
    private final AnswerReader.Replying<A> reader;

    /** Never closed, because a close may wait. Its thread ends when it has sent all. */
    private final Outbox replies;

    /** Never held during a wait for the peer. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition room = lock.newCondition();

    /**
     * In the order of the requests. Guarded by the lock; added to only by a thread that has corked
     * the connection, so that the order is that of the bytes.
     */
    private final ArrayDeque<CompletableFuture<A>> unanswered = new ArrayDeque<>();

    /** The number of requests that are queued or about to be. Guarded by the lock. */
    private int taken;

    /** Why no further request is taken; null while requests are. Written under the lock. */
    private volatile @Nullable IOException refusal;

    /** The thread that reads answers, while there is one. Written by that thread. */
    private volatile @Nullable Thread answering;

    /** The longest time for an answer. Guarded by the lock. */
    private Duration answerTimeout = Limits.NO_LIMIT;

    /** Ends the reading. It never expires while no request waits. Moved under the lock. */
    private final Deadline deadline;

    PipelinedConnection(Connection connection, AnswerReader.Replying<A> reader) {
        this.connection = connection;
        this.reader = reader;
        replies = Outbox.of(connection, REPLIES);
        deadline = Deadline.after(Limits.NO_LIMIT, Connections.clockOf(connection));
    }

    boolean isOpen() {
        return refusal == null;
    }

    /** Writes a request and queues the one who waits for its answer, in one step. */
    CompletableFuture<A> send(ByteBuffer request, int limit)
            throws IOException, InterruptedException {
        if (Thread.currentThread() == answering) {
            throw new IllegalStateException(
                    "the thread that reads answers cannot send requests: start a task for them");
        }
        Task.checkCancelled();
        take(limit);
        try (var _ = connection.cork()) {
            CompletableFuture<A> answer = enqueue();
            write(request);
            return answer;
        } catch (ConnectionClosedException e) { // perhaps because another write had failed
            release();
            throw ended("has ended", refuse(e));
        } catch (Throwable e) {
            release();
            if (e instanceof IOException lost) refuse(lost);
            if (e instanceof SocketTimeoutException) connection.abort(); // the peer has stalled
            throw e;
        }
    }

    /** Waits until fewer requests than the limit have no answer. */
    private void take(int limit) throws IOException, InterruptedException {
        lock.lock();
        try {
            while (refusal == null && taken >= limit) room.await();
            requireOpen();
            taken++;
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() throws IOException {
        IOException reason = refusal;
        if (reason != null) throw ended("has ended", reason);
    }

    private void release() {
        lock.lock();
        try {
            taken--;
            room.signal();
        } finally {
            lock.unlock();
        }
    }

    private CompletableFuture<A> enqueue() throws IOException {
        lock.lock();
        try {
            requireOpen();
            var answer = new CompletableFuture<A>();
            unanswered.add(answer);
            if (unanswered.size() == 1) restartTime();
            return answer;
        } finally {
            lock.unlock();
        }
    }

    /** If nothing was written, no answer will come. If a part was, none can be told apart. */
    private void write(ByteBuffer request) throws IOException, InterruptedException {
        int start = request.position();
        try {
            connection.write(request);
        } catch (Throwable e) {
            if (request.position() == start) withdraw();
            else if (request.hasRemaining()) cut(e);
            throw e;
        }
    }

    /** Removes the newest request, which is the caller's: it has corked the connection. */
    private void withdraw() {
        lock.lock();
        try {
            unanswered.pollLast(); // none, if all have failed meanwhile
            if (unanswered.isEmpty()) restartTime();
        } finally {
            lock.unlock();
        }
    }

    private void cut(Throwable e) {
        refuse(new IOException("a request was cut in the middle: " + ErrorText.described(e), e));
        connection.abort();
    }

    /** Takes no further request. Returns the reason, which is the first one. */
    private IOException refuse(IOException reason) {
        lock.lock();
        try {
            IOException first = refusal;
            if (first != null) return first;
            refusal = reason;
            deadline.moveTo(LAST_ANSWERS);
            room.signalAll();
            return reason;
        } finally {
            lock.unlock();
        }
    }

    /** Restarts the time for the answer to the oldest request. Requires the lock. */
    private void restartTime() {
        if (refusal != null || !Limits.isLimit(answerTimeout)) return;
        deadline.moveTo(unanswered.isEmpty() ? Limits.NO_LIMIT : answerTimeout);
    }

    /**
     * Reads answers up to the end of the input. All requests have ended when it returns.
     *
     * @param timeout the longest time for an answer
     */
    void readAnswers(Duration timeout) throws IOException, InterruptedException {
        Throwable end = null;
        try {
            begin(timeout);
            deadline.run(this::readToEnd);
        } catch (TimeoutException e) {
            connection.abort();
            var late = new SocketTimeoutException("no answer within " + timeout);
            late.initCause(e);
            end = late;
            throw refuse(late);
        } catch (ConnectionClosedException e) { // perhaps because a write had failed
            end = e;
            throw refuse(e);
        } catch (Throwable e) {
            end = e;
            throw e;
        } finally {
            Connections.onlyReads(connection, false);
            answering = null;
            fail(reasonOf(end));
        }
    }

    private void begin(Duration timeout) {
        answering = Thread.currentThread();
        Connections.onlyReads(connection, true);
        lock.lock();
        try {
            answerTimeout = timeout;
            restartTime();
        } finally {
            lock.unlock();
        }
    }

    private void readToEnd() throws IOException, InterruptedException {
        while (connection.peek(1).length > 0) {
            A answer = reader.read(connection, replies);
            if (answer != null) oldest().complete(answer);
        }
    }

    private static IOException reasonOf(@Nullable Throwable end) {
        return switch (end) {
            case null -> new EOFException("the peer has ended it");
            case IOException e -> e;
            case InterruptedException e -> new IOException("the task that reads was cancelled", e);
            default -> new IOException(ErrorText.described(end), end);
        };
    }

    private CompletableFuture<A> oldest() throws ProtocolException {
        lock.lock();
        try {
            CompletableFuture<A> oldest = unanswered.poll();
            if (oldest != null) {
                release();
                restartTime();
                return oldest;
            }
        } finally {
            lock.unlock();
        }
        throw new ProtocolException(
                connection.remoteAddress() + " sent an answer without a request");
    }

    private void fail(IOException reason) {
        IOException first = refuse(reason);
        List<CompletableFuture<A>> left;
        lock.lock();
        try {
            left = List.copyOf(unanswered);
            unanswered.clear();
        } finally {
            lock.unlock();
        }
        for (CompletableFuture<A> answer : left) {
            answer.completeExceptionally(ended("ended before the answer", first));
        }
    }

    private IOException ended(String how, IOException reason) {
        String peer = "the connection to " + connection.remoteAddress() + " ";
        return new IOException(peer + how + ": " + ErrorText.of(reason), reason);
    }
}
