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
        take(limit);
        try (var _ = connection.cork()) {
            CompletableFuture<A> answer = enqueue();
            write(request);
            return answer;
        } catch (Throwable e) {
            release();
            boolean isLost = e instanceof IOException && !(e instanceof SocketTimeoutException);
            if (isLost) refuse((IOException) e);
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
            IOException first = refusal == null ? reason : refusal;
            refusal = first;
            room.signalAll();
            return first;
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
            if (oldest != null) {
                release();
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
