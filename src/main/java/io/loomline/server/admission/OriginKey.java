package io.loomline.server.admission;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * An IP address or a subnet, as the 128 bits of an IPv6 address. An IPv4 address is the same as its
 * IPv4-mapped IPv6 address.
 *
 * <p>It is comparable so that a map stays fast if addresses are chosen to have the same hash.
 */
record OriginKey(long high, long low) implements Comparable<OriginKey> {
    // https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
    // "0000                     |FFFF|    IPv4 address"
    private static final long MAPPED = 0xFFFF_0000_0000L;

    private static final long IPV4_SUBNET = 0xFFFF_FFFF_FFFF_FF00L;

    static OriginKey of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        if (address instanceof Inet4Address) {
            return new OriginKey(0, MAPPED | Integer.toUnsignedLong(bytes.getInt()));
        }
        return new OriginKey(bytes.getLong(), bytes.getLong());
    }

    /** The first 24 bits of an IPv4 address, and the first 64 bits of an IPv6 address. */
    OriginKey subnet() {
        boolean isIpv4 = high == 0 && low >>> 32 == MAPPED >>> 32;
        return new OriginKey(high, isIpv4 ? low & IPV4_SUBNET : 0);
    }

    @Override
    public int compareTo(OriginKey other) {
        int byHigh = Long.compare(high, other.high);
        return byHigh != 0 ? byHigh : Long.compare(low, other.low);
    }
}
