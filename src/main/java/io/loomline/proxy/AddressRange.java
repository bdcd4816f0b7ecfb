package io.loomline.proxy;

import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A range of addresses: one IP address, all addresses with the same first bits such as {@code
 * 10.0.0.0/8} or {@code fd00::/8}, or all Unix-domain sockets. Ports do not matter.
 */
public final class AddressRange {
    private static final String UNIX = "unix";
    private static final Pattern PREFIX = Pattern.compile("0|[1-9][0-9]{0,2}");

    /** The first address; empty for Unix-domain sockets. */
    private final byte[] network;

    private final int prefixBits;

    private AddressRange(byte[] network, int prefixBits) {
        this.network = network;
        this.prefixBits = prefixBits;
    }

    /**
     * The range of a text.
     *
     * @param text an IP address; an IP address and the number of its leading bits that count, such
     *     as {@code 10.0.0.0/8}; or {@code unix} for Unix-domain sockets
     * @return the range
     * @throws IllegalArgumentException if the text is none of these, or has a one in a bit that
     *     does not count
     */
    public static AddressRange parse(String text) {
        if (text.equals(UNIX)) return new AddressRange(new byte[0], 0);
        int slash = text.indexOf('/');
        byte[] address = addressOf(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            throw refused(text, "an address, a range such as 10.0.0.0/8, or unix");
        }
        int bits = address.length * Byte.SIZE;
        int prefix = slash < 0 ? bits : prefixOf(text.substring(slash + 1), bits);
        if (prefix < 0) throw refused(text, "a number from 0 to " + bits + " after the slash");
        byte[] network = masked(address, prefix);
        if (!Arrays.equals(network, address)) {
            throw refused(text, IpLiterals.text(network) + "/" + prefix);
        }
        return unmapped(network, prefix);
    }

    private static byte @Nullable [] addressOf(String text) {
        return text.indexOf(':') < 0 ? IpLiterals.ipv4(text) : IpLiterals.ipv6(text);
    }

    /** The number; negative if the text is none, or larger than the number of bits. */
    private static int prefixOf(String text, int bits) {
        if (!PREFIX.matcher(text).matches()) return -1;
        int prefix = Integer.parseInt(text);
        return prefix > bits ? -1 : prefix;
    }

    private static AddressRange unmapped(byte[] network, int prefix) {
        byte[] short4 = IpLiterals.unmapped(network);
        boolean isIpv4 = short4.length < network.length && prefix >= IpLiterals.MAPPED_BITS;
        return isIpv4
                ? new AddressRange(short4, prefix - IpLiterals.MAPPED_BITS)
                : new AddressRange(network, prefix);
    }

    private static IllegalArgumentException refused(String text, String expected) {
        return new IllegalArgumentException(
                "address range '" + LogText.of(text) + "': expected " + expected);
    }

    /** A copy in which only the first bits are kept. */
    private static byte[] masked(byte[] address, int prefix) {
        byte[] masked = address.clone();
        for (int i = 0; i < masked.length; i++) {
            int kept = Math.clamp(prefix - (long) i * Byte.SIZE, 0, Byte.SIZE);
            masked[i] &= (byte) (0xff << (Byte.SIZE - kept));
        }
        return masked;
    }

    /**
     * Whether an address is in this range. An IPv4 address that is mapped into IPv6 counts as IPv4.
     * The zone of an IPv6 address does not matter.
     *
     * @param address the address
     * @return true if it is; false also for an unresolved host name
     */
    public boolean contains(SocketAddress address) {
        return switch (address) {
            case UnixDomainSocketAddress _ -> network.length == 0;
            case InetSocketAddress inet -> !inet.isUnresolved() && contains(inet);
            default -> false;
        };
    }

    private boolean contains(InetSocketAddress inet) {
        byte[] bytes = IpLiterals.unmapped(inet.getAddress().getAddress());
        return bytes.length == network.length && Arrays.equals(masked(bytes, prefixBits), network);
    }

    /** Whether the other one has the same addresses. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof AddressRange range
                && prefixBits == range.prefixBits
                && Arrays.equals(network, range.network);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(network) * 31 + prefixBits;
    }

    /** The text, in the form that {@link #parse} takes. */
    @Override
    public String toString() {
        return network.length == 0 ? UNIX : IpLiterals.text(network) + "/" + prefixBits;
    }
}
