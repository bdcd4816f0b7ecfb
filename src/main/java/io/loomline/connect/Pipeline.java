package io.loomline.connect;

import io.loomline.net.Connection;
import io.loomline.net.wire.Interrupts;
import io.loomline.stream.Limits;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Requests of many threads over one connection, for protocols that answer in order, such as those
 * of Redis, SMTP and memcached. A request is written and its caller is queued for the answer in one
 * step, so each answer reaches its caller. One task reads all answers:
 *
 * {@snippet lang=java :
 * var client = Reconnecting.of(() -> runtime.connect("localhost", 6379));
 * var redis = Pipeline.over(client, Connection::readLine);
 * runtime.start("redis", redis::run);
 * String pong = redis.call("PING\r\n"); // in any task, any number at a time
 * }
 *
 * <p>A caller that is cancelled gives up its answer. The answer is read and dropped when it comes,
 * so the other callers get theirs. When a connection ends, its requests without an answer fail. The
 * peer may have executed such a request or not. Repeat it only if executing it twice does no harm,
 * or if the peer recognizes repetitions.
 *
 * <p>At most 10,000 requests have no answer at any time, or as {@link #limit} says. Further callers
 * wait. A peer that does not read for the connection's write timeout loses the connection, as does
 * one that does not answer in the {@link #answerTimeout}.
 *
 * <p><i>Threads:</i> one thread runs it; any number of threads may send requests at the same time.
 *
 * @param <A> the type of an answer
 */
public final class Pipeline<A> {
    private static final int DEFAULT_LIMIT = 10_000;

    private final AnswerReader.Replying<A> reader;

    /** Replaces connections that are lost; null for a pipeline over a single connection. */
    private final @Nullable Reconnecting client;

    /** The connection in use; a single one from the start on, others while they are served. */
    private final Current<PipelinedConnection<A>> current;

    /** Written by any thread, read by callers. */
    private volatile int limit = DEFAULT_LIMIT;

    /** Written by any thread, read by the running one. */
    private volatile Duration answerTimeout = Limits.NO_LIMIT;

    private final AtomicBoolean started = new AtomicBoolean();

    private Pipeline(AnswerReader.Replying<A> reader, Connection connection) {
        this.reader = Objects.requireNonNull(reader, "reader");
        client = null;
        current = new Current<>("the pipeline", _ -> true);
        current.set(new PipelinedConnection<>(connection, reader));
    }

    private Pipeline(AnswerReader.Replying<A> reader, Reconnecting client) {
        this.reader = Objects.requireNonNull(reader, "reader");
        this.client = client;
        current = new Current<>("the client", PipelinedConnection::isOpen);
    }

    private static <A> AnswerReader.Replying<A> withoutReplies(AnswerReader<A> reader) {
        Objects.requireNonNull(reader, "reader");
        return (connection, _) -> reader.read(connection);
    }

    /**
     * A pipeline over one connection. Callers may send requests before {@link #run} is called. When
     * the connection has ended, requests fail at once.
     *
     * @param connection the connection; the pipeline does not close it
     * @param reader reads an answer
     * @param <A> the type of an answer
     * @return the pipeline
     */
    public static <A> Pipeline<A> over(Connection connection, AnswerReader<A> reader) {
        return over(connection, withoutReplies(reader));
    }

    /**
     * A pipeline over one connection, whose reader replies to the peer.
     *
     * @param connection the connection; the pipeline does not close it
     * @param reader reads an answer
     * @param <A> the type of an answer
     * @return the pipeline
     * @see #over(Connection, AnswerReader)
     */
    public static <A> Pipeline<A> over(Connection connection, AnswerReader.Replying<A> reader) {
        return new Pipeline<>(reader, Objects.requireNonNull(connection, "connection"));
    }

    /**
     * A pipeline over the connections of a client. While there is none, callers wait for the next
     * one.
     *
     * @param client establishes connections; {@link #run} runs it
     * @param reader reads an answer
     * @param <A> the type of an answer
     * @return the pipeline
     */
    public static <A> Pipeline<A> over(Reconnecting client, AnswerReader<A> reader) {
        return over(client, withoutReplies(reader));
    }

    /**
     * A pipeline over the connections of a client, whose reader replies to the peer.
     *
     * @param client establishes connections; {@link #run} runs it
     * @param reader reads an answer
     * @param <A> the type of an answer
     * @return the pipeline
     * @see #over(Reconnecting, AnswerReader)
     */
    public static <A> Pipeline<A> over(Reconnecting client, AnswerReader.Replying<A> reader) {
        return new Pipeline<>(reader, Objects.requireNonNull(client, "client"));
    }

    /**
     * Sets how many requests may have no answer. The default is 10,000.
     *
     * @param requests the number of requests, used from the next call on
     * @return this pipeline
     * @throws IllegalArgumentException if the number is less than 1
     */
    public Pipeline<A> limit(int requests) {
        if (requests < 1) {
            throw new IllegalArgumentException("requests " + requests + ": expected 1 or more");
        }
        limit = requests;
        return this;
    }

    /**
     * Sets the longest time for an answer. It runs from the answer before, or from the call if no
     * older request has none; it includes the time of sending. If it expires, the connection ends,
     * and all its requests without an answer fail. By default there is no limit.
     *
     * @param timeout the time, used from the next connection on; {@link Limits#NO_LIMIT} for none
     * @return this pipeline
     * @throws IllegalArgumentException if the time is zero or negative
     */
    public Pipeline<A> answerTimeout(Duration timeout) {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout " + timeout + ": expected more than 0");
        }
        answerTimeout = timeout;
        return this;
    }

    /**
     * Reads the answers. <i>Blocks</i> until the connection's input has ended; over a client, until
     * the caller is cancelled. However it ends, all requests without an answer have failed then.
     *
     * <p><i>Cancellation:</i> ends the reading. Over a single connection, the connection stays
     * open, but a part of an answer may have been read.
     *
     * @throws IOException over a single connection, if it is lost or the reader fails, if an answer
     *     came without a request or did not come in time
     * @throws InterruptedException if the caller was cancelled
     * @throws Exception over a client, as {@link Reconnecting#run(ConnectionHandler)} does
     * @throws IllegalStateException if it runs or has run already
     */
    public void run() throws Exception {
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException("the pipeline has been started already");
        }
        if (client == null) Objects.requireNonNull(current.poll()).readAnswers(answerTimeout);
        else run(client);
    }

    private void run(Reconnecting client) throws Exception {
        try {
            client.run(this::serve);
        } catch (Throwable e) {
            current.end(e);
            throw e;
        }
    }

    private void serve(Connection connection) throws IOException, InterruptedException {
        var pipelined = new PipelinedConnection<>(connection, reader);
        current.set(pipelined);
        try {
            pipelined.readAnswers(answerTimeout);
        } finally {
            current.clear();
        }
    }

    /**
     * Sends a request and waits for its answer. <i>Blocks</i> until the answer has come. Over a
     * client, it first waits for a connection.
     *
     * <p><i>Cancellation:</i> gives up the answer. A request of at most {@link
     * io.loomline.stream.Limits#bufferBytes} is sent whole or not at all. A larger one that is cut
     * in the middle ends the connection.
     *
     * @param request the bytes of the request; the ones taken are consumed
     * @return the answer
     * @throws IOException if the connection is lost before the answer; the message names the peer
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalArgumentException if the request is empty
     * @throws IllegalStateException on the thread that reads the answers; over a client, if the
     *     client has ended
     */
    public A call(ByteBuffer request) throws IOException, InterruptedException {
        CompletableFuture<A> answer = send(request);
        try {
            return answer.get();
        } catch (InterruptedException e) {
            if (answer.cancel(false)) throw Interrupts.cancelOr(e);
            Thread.currentThread()
                    .interrupt(); // the answer has come meanwhile; the next call throws
            return resultOf(answer);
        } catch (ExecutionException e) {
            return resultOf(answer);
        }
    }

    /** A new exception, which has the stack of the caller. */
    private static <A> A resultOf(CompletableFuture<A> answer) throws IOException {
        if (!answer.isCompletedExceptionally()) return answer.resultNow();
        Throwable failure = answer.exceptionNow();
        throw new IOException(failure.getMessage(), failure.getCause());
    }

    /**
     * Sends a request and waits for its answer, as {@link #call(ByteBuffer)} does.
     *
     * @param request the bytes of the request
     * @return the answer
     * @throws IOException as {@link #call(ByteBuffer)} does
     * @throws InterruptedException as {@link #call(ByteBuffer)} does
     */
    public A call(byte[] request) throws IOException, InterruptedException {
        return call(ByteBuffer.wrap(request));
    }

    /**
     * Sends a request and waits for its answer, as {@link #call(ByteBuffer)} does.
     *
     * @param request the request, sent in UTF-8 without a terminator
     * @return the answer
     * @throws java.nio.charset.CharacterCodingException if UTF-8 cannot encode all of it, such as
     *     half a surrogate pair
     * @throws IOException as {@link #call(ByteBuffer)} does
     * @throws InterruptedException as {@link #call(ByteBuffer)} does
     */
    public A call(String request) throws IOException, InterruptedException {
        return call(encode(request));
    }

    /**
     * Sends a request without waiting for its answer. <i>Blocks</i> until the request is written;
     * before that, while there is no connection, and while too many requests have no answer.
     *
     * <p>To give up the answer, cancel the future. Functions that depend on the future run on the
     * thread that reads the answers, so they must not wait. Use the {@code Async} methods for those
     * that do.
     *
     * @param request the bytes of the request; the ones taken are consumed
     * @return the future answer; it fails with an {@code IOException} if the connection is lost
     *     before the answer
     * @throws IOException if the request cannot be written
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalArgumentException if the request is empty
     * @throws IllegalStateException on the thread that reads the answers; over a client, if the
     *     client has ended
     */
    public CompletableFuture<A> send(ByteBuffer request) throws IOException, InterruptedException {
        if (!request.hasRemaining()) {
            throw new IllegalArgumentException(
                    "request: expected at least 1 byte, but it is empty");
        }
        return current.await().send(request, limit);
    }

    /**
     * Sends a request without waiting for its answer, as {@link #send(ByteBuffer)} does.
     *
     * @param request the bytes of the request
     * @return the future answer
     * @throws IOException as {@link #send(ByteBuffer)} does
     * @throws InterruptedException as {@link #send(ByteBuffer)} does
     */
    public CompletableFuture<A> send(byte[] request) throws IOException, InterruptedException {
        return send(ByteBuffer.wrap(request));
    }

    /**
     * Sends a request without waiting for its answer, as {@link #send(ByteBuffer)} does.
     *
     * @param request the request, sent in UTF-8 without a terminator
     * @return the future answer
     * @throws java.nio.charset.CharacterCodingException if UTF-8 cannot encode all of it, such as
     *     half a surrogate pair
     * @throws IOException as {@link #send(ByteBuffer)} does
     * @throws InterruptedException as {@link #send(ByteBuffer)} does
     */
    public CompletableFuture<A> send(String request) throws IOException, InterruptedException {
        return send(encode(request));
    }

    private static ByteBuffer encode(String request) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(request));
    }
}
