package io.loomline.proxy;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * A typed value in a header of version 2. Numbers are the types that the specification registers.
 *
 * <p><i>Source:</i> <a
 * href="https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt">proxy-protocol.txt</a>: "The
 * first byte is the Type of the vector. The second two bytes represent the length in bytes of the
 * value (not included the Type and Length bytes), and following the length field is the number of
 * bytes specified by the length."
 */
public final class ProxyTlv {
    /** The protocol above, as in the ALPN extension of TLS. */
    public static final int ALPN = 0x01;

    /** The host name that the client asked for, in UTF-8. */
    public static final int AUTHORITY = 0x02;

    /** The checksum of the header. */
    public static final int CRC32C = 0x03;

    /** Padding. */
    public static final int NOOP = 0x04;

    /** At most 128 bytes with which the proxy identifies the connection. */
    public static final int UNIQUE_ID = 0x05;

    /** What the proxy knows about the client's TLS: {@link ProxySsl}. */
    public static final int SSL = 0x20;

    /** The version of TLS; inside {@link #SSL}. */
    public static final int SSL_VERSION = 0x21;

    /** The common name in the client's certificate; inside {@link #SSL}. */
    public static final int SSL_CN = 0x22;

    /** The cipher; inside {@link #SSL}. */
    public static final int SSL_CIPHER = 0x23;

    /** The algorithm that signed the proxy's certificate; inside {@link #SSL}. */
    public static final int SSL_SIG_ALG = 0x24;

    /** The algorithm of the key of the proxy's certificate; inside {@link #SSL}. */
    public static final int SSL_KEY_ALG = 0x25;

    /** The name of the network namespace. */
    public static final int NETNS = 0x30;

    private static final int MOST_TYPES = 0xff;
    private static final int MOST_BYTES = 0xffff;

    private final int type;
    private final byte[] value;

    /**
     * A value of a type.
     *
     * @param type the type, 0 to 255; 0xE0 to 0xEF are free for applications
     * @param value at most 65,535 bytes, which are copied
     * @throws IllegalArgumentException if the type or the length is out of its range
     */
    public ProxyTlv(int type, byte[] value) {
        if (type < 0 || type > MOST_TYPES) {
            throw new IllegalArgumentException(
                    "TLV type " + type + ": expected 0 to " + MOST_TYPES);
        }
        if (value.length > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "TLV of " + value.length + " bytes: expected at most " + MOST_BYTES);
        }
        this.type = type;
        this.value = value.clone();
    }

    /**
     * The type.
     *
     * @return 0 to 255
     */
    public int type() {
        return type;
    }

    /**
     * The value.
     *
     * @return a copy of its bytes
     */
    public byte[] value() {
        return value.clone();
    }

    /** The number of bytes of the value. */
    int length() {
        return value.length;
    }

    /** Whether the other one has the same type and value. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ProxyTlv tlv && type == tlv.type && Arrays.equals(value, tlv.value);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(value) * 31 + type;
    }

    /** The type and the number of bytes, which may be secret themselves. */
    @Override
    public String toString() {
        return "TLV 0x%02x of %d bytes".formatted(type, value.length);
    }
}
