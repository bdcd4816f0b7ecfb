package io.loomline.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Collects the bytes of one header, of either version, and never takes a byte behind it. Fill the
 * {@link #target} and call {@link #isComplete}, until it returns true:
 *
 * {@snippet lang=java :
 * var reader = new ProxyHeaderReader(channel.remoteAddress(), 4096);
 * while (!reader.isComplete()) read(reader.target());
 * }
 *
 * <p>Not for several threads at a time.
 */
public final class ProxyHeaderReader {
    private static final byte[] TEXT_START = TextFormat.START.getBytes(US_ASCII);
    private static final byte[] SIGNATURE = BinaryFormat.signature();

    private final SocketAddress proxy;
    private final int maxBytes;

    /** Its limit is not beyond the end of the header. */
    private ByteBuffer bytes = ByteBuffer.allocate(TextFormat.LEAST_BYTES);

    private @Nullable ProxyHeader header;

    /**
     * A reader of one header.
     *
     * @param proxy the address that the sender connects from
     * @param maxBytes the largest size of a header of version 2, without its first 16 bytes
     */
    public ProxyHeaderReader(SocketAddress proxy, int maxBytes) {
        this.proxy = proxy;
        this.maxBytes = maxBytes;
    }

    /**
     * The space for bytes that certainly belong to the header.
     *
     * @return the buffer to put them into, as many as fit or fewer; valid until {@link #isComplete}
     *     is called
     */
    public ByteBuffer target() {
        return bytes;
    }

    /**
     * How many bytes of the header have arrived.
     *
     * @return the number
     */
    public int receivedBytes() {
        return bytes.position();
    }

    /**
     * Whether the header is complete.
     *
     * @return false if more bytes must be put into the {@link #target}
     * @throws ProxyHeaderException if the bytes so far do not begin a header, or the header is
     *     malformed or too long
     */
    public boolean isComplete() throws ProxyHeaderException {
        if (header != null) return true;
        boolean isText = startsWith(TEXT_START);
        if (!isText && !startsWith(SIGNATURE)) {
            throw new ProxyHeaderException("the first bytes are not those of a PROXY header");
        }
        int missing = isText ? missingOfText() : missingOfBinary();
        if (missing > 0 && bytes.hasRemaining()) return false;
        if (missing > 0) expect(missing);
        else header = isText ? parsedText() : parsedBinary();
        return missing == 0;
    }

    /** Whether the bytes so far are a part of a start, or begin with it. */
    private boolean startsWith(byte[] start) {
        int length = Math.min(start.length, bytes.position());
        return Arrays.equals(bytes.array(), 0, length, start, 0, length);
    }

    private int missingOfText() throws ProxyHeaderException {
        return TextFormat.missing(bytes.array(), bytes.position());
    }

    private int missingOfBinary() throws ProxyHeaderException {
        int received = bytes.position();
        if (received < BinaryFormat.HEAD_BYTES) return BinaryFormat.HEAD_BYTES - received;
        int blockBytes = BinaryFormat.blockBytes(bytes.array());
        if (blockBytes > maxBytes) {
            throw new ProxyHeaderException(
                    "%d bytes behind the first 16: expected at most %d"
                            .formatted(blockBytes, maxBytes));
        }
        return BinaryFormat.HEAD_BYTES + blockBytes - received;
    }

    private void expect(int missing) {
        int length = bytes.position() + missing;
        if (length > bytes.capacity()) {
            int capacity = Math.max(length, TextFormat.MOST_BYTES);
            bytes = ByteBuffer.allocate(capacity).put(bytes.flip());
        }
        bytes.limit(length);
    }

    private ProxyHeader parsedText() throws ProxyHeaderException {
        return ProxyHeader.received(TextFormat.parse(bytes.array(), bytes.position()), proxy);
    }

    private ProxyHeader parsedBinary() throws ProxyHeaderException {
        byte[] exact = Arrays.copyOf(bytes.array(), bytes.position());
        return ProxyHeader.received(BinaryFormat.parse(exact), proxy);
    }

    /**
     * The header.
     *
     * @return the header
     * @throws IllegalStateException if it is not {@linkplain #isComplete complete}
     */
    public ProxyHeader header() {
        if (header == null) throw new IllegalStateException("the header is not complete");
        return header;
    }
}
