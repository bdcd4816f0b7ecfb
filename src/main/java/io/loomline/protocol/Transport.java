package io.loomline.protocol;

import io.loomline.tls.BufferedBytes;
import io.loomline.tls.Tls;
import io.loomline.tls.TlsSession;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The connection of a {@link Protocol}. No method blocks.
 *
 * <p><i>Threads:</i> every method may be called from any thread, and from within callbacks.
 */
public interface Transport {
    /**
     * Sends bytes, in the order of the calls. Bytes that the kernel does not accept at once are
     * buffered. After {@link #close}, or once the connection has ended, the bytes are dropped.
     *
     * <p>If more bytes are unsent than the high-water mark, {@link Protocol#writingPaused} follows.
     * A write above that mark that would exceed the hard limit ends the connection, and {@link
     * Protocol#disconnected} gets the cause.
     *
     * @param bytes the bytes to send; all of them are consumed
     */
    void write(ByteBuffer bytes);

    /**
     * Ends the connection once everything written is sent. Nothing more is received. Further calls
     * have no effect.
     */
    void close();

    /** Resets the connection: unsent bytes are dropped, and the peer sees an error. */
    void abort();

    /**
     * Starts TLS in the middle of the connection, as protocols with a STARTTLS command do, after
     * everything written so far has been sent. Returns at once. What is written from now on leaves
     * once the handshake is complete, and nothing is received until then; {@link
     * Protocol#tlsStarted} follows. If the handshake fails, {@link Protocol#disconnected} gets the
     * cause.
     *
     * <p>Input that the peer has sent after its request ends the connection, unless it is a part of
     * the bytes that {@link Protocol#received} already has. A {@link LineProtocol} gets one line at
     * a time, so there is no such part.
     *
     * @param tls the side of this connection: {@code Tls.client(...)} starts the handshake
     * @throws IllegalStateException if TLS was started already
     */
    default void startTls(Tls tls) {
        startTls(tls, BufferedBytes.REJECT);
    }

    /**
     * Starts TLS as {@link #startTls(Tls)} does.
     *
     * @param tls the side of this connection
     * @param buffered what to do with input that the peer has sent after its request
     * @throws IllegalStateException if TLS was started already
     */
    void startTls(Tls tls, BufferedBytes buffered);

    /**
     * What the TLS handshake has negotiated.
     *
     * @return the session; empty without TLS, and until the handshake is complete
     */
    Optional<TlsSession> tls();

    /** Stops receiving until {@link #resumeReading}, which slows the peer down. */
    void pauseReading();

    /** Reverts {@link #pauseReading}. */
    void resumeReading();

    /**
     * Whether the connection has ended, or ends once everything written is sent.
     *
     * @return true once {@link #close} or {@link #abort} was called, or the connection is lost
     */
    boolean isClosing();

    /**
     * The peer's address.
     *
     * @return the address; it stays valid after the connection has ended
     */
    SocketAddress remoteAddress();
}
