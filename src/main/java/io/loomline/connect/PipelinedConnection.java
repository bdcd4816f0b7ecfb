package io.loomline.connect;

import io.loomline.log.ErrorText;
import io.loomline.net.Connection;
import io.loomline.net.wire.Interrupts;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection of a pipeline, and the requests on it that have no answer yet.
 *
 * <pre>
 *   open ──a write fails──▶ refusing: answers are still read ──the input ends or fails──▶ ended
 *     └──────────────────the input ends or fails─────────────────────────────────────────▶ ended
 * </pre>
 */
final class PipelinedConnection<A> {
    private final Connection connection;
    private final AnswerReader<A> reader;

    /** Held for a whole request, so that the queue has the order of the bytes. */
    private final ReentrantLock writing = new ReentrantLock();

    /** Never held during a wait for the peer. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition room = lock.newCondition();

    /** In the order of the requests. Guarded by the lock. */
    private final ArrayDeque<CompletableFuture<A>> unanswered = new ArrayDeque<>();

    /** Why no further request is taken; null while requests are. Written under the lock. */
    private volatile @Nullable IOException refusal;

    /** The thread that reads answers, once there is one. Written under the lock. */
    private volatile @Nullable Thread answering;

    PipelinedConnection(Connection connection, AnswerReader<A> reader) {
        this.connection = connection;
        this.reader = reader;
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
        try {
            writing.lockInterruptibly();
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        }
        try {
            CompletableFuture<A> answer = enqueue(limit);
            write(request);
            return answer;
        } finally {
            writing.unlock();
        }
    }

    private CompletableFuture<A> enqueue(int limit) throws IOException, InterruptedException {
        lock.lock();
        try {
            while (refusal == null && unanswered.size() >= limit) room.await();
            if (refusal != null) throw ended("has ended", refusal);
            var answer = new CompletableFuture<A>();
            unanswered.add(answer);
            return answer;
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
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
            boolean isLost = e instanceof IOException && !(e instanceof SocketTimeoutException);
            if (request.position() == start) withdraw();
            else if (request.hasRemaining()) cut(e);
            if (isLost) refuse((IOException) e);
            throw e;
        }
    }

    /** Removes the newest request, which is the caller's: it holds the lock for writing. */
    private void withdraw() {
        lock.lock();
        try {
            unanswered.pollLast(); // none, if all have failed meanwhile
        } finally {
            lock.unlock();
        }
    }

    private void cut(Throwable e) {
        refuse(new IOException("a request was cut in the middle: " + ErrorText.described(e), e));
        connection.abort();
    }

    /** Takes no further request. The first reason stays. */
    private void refuse(IOException reason) {
        lock.lock();
        try {
            if (refusal == null) refusal = reason;
            room.signal(); // at most one waits: it holds the lock for writing
        } finally {
            lock.unlock();
        }
    }

    /** Reads answers up to the end of the input. All requests have ended when it returns. */
    void readAnswers() throws IOException, InterruptedException {
        begin();
        Throwable end = null;
        try {
            while (connection.peek(1).length > 0) {
                A answer = reader.read(connection);
                if (answer != null) oldest().complete(answer);
            }
        } catch (Throwable e) {
            end = e;
            throw e;
        } finally {
            fail(reasonOf(end));
        }
    }

    private void begin() {
        lock.lock();
        try {
            if (answering != null) {
                throw new IllegalStateException("a pipeline over a connection runs only once");
            }
            answering = Thread.currentThread();
        } finally {
            lock.unlock();
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
            room.signal();
            if (oldest != null) return oldest;
        } finally {
            lock.unlock();
        }
        throw new ProtocolException(
                connection.remoteAddress() + " sent an answer without a request");
    }

    private void fail(IOException reason) {
        refuse(reason);
        List<CompletableFuture<A>> left;
        IOException first;
        lock.lock();
        try {
            left = List.copyOf(unanswered);
            unanswered.clear();
            first = refusal;
        } finally {
            lock.unlock();
        }
        for (CompletableFuture<A> answer : left) {
            answer.completeExceptionally(ended("ended before the answer", first));
        }
    }

    private IOException ended(String how, @Nullable IOException reason) {
        String peer = "the connection to " + connection.remoteAddress() + " ";
        return new IOException(peer + how + ": " + ErrorText.of(reason), reason);
    }
}
