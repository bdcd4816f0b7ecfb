package io.loomline.proxy;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses and formats IP addresses in their strict textual forms, without zones. */
final class IpLiterals {
    static final int IPV4_BYTES = 4;
    static final int IPV6_BYTES = 16;

    // https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
    // "This address type is used to represent the addresses of IPv4 nodes as IPv6 addresses."
    private static final byte[] IPV4_IN_IPV6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

    /** The number of bits in front of a mapped IPv4 address. */
    static final int MAPPED_BITS = IPV4_IN_IPV6.length * Byte.SIZE;

    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "Heading zeroes are not permitted in front of numbers in order to avoid any possible
    // confusion with octal numbers."
    private static final String NUMBER = "(0|[1-9][0-9]{0,2})";

    private static final Pattern IPV4 =
            Pattern.compile(NUMBER + "\\." + NUMBER + "\\." + NUMBER + "\\." + NUMBER);

    /**
     * Groups of at most four digits, with an IPv4 address as the last two. The JDK does the rest.
     */
    private static final Pattern IPV6_CHARACTERS =
            Pattern.compile("[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){1,8}([.][0-9]{1,3}){0,3}");

    // https://www.rfc-editor.org/rfc/rfc5952#section-4.2.3
    // "When there is an alternative choice in the placement of a "::", the longest run of
    // consecutive 16-bit 0 fields MUST be shortened"
    private static final Pattern ZERO_GROUPS = Pattern.compile("(?<![0-9a-f])0(:0)+(?![0-9a-f])");

    private IpLiterals() {}

    /** The four bytes of an IPv4 address; null if the text is none. */
    static byte @Nullable [] ipv4(String text) {
        Matcher matcher = IPV4.matcher(text);
        if (!matcher.matches()) return null;
        var bytes = new byte[IPV4_BYTES];
        for (int i = 0; i < IPV4_BYTES; i++) {
            int number = Integer.parseInt(matcher.group(i + 1));
            if (number > 0xff) return null;
            bytes[i] = (byte) number;
        }
        return bytes;
    }

    /** The 16 bytes of an IPv6 address; null if the text is none. */
    static byte @Nullable [] ipv6(String text) {
        if (!IPV6_CHARACTERS.matcher(text).matches()) return null;
        int dot = text.indexOf('.');
        if (dot >= 0 && ipv4(text.substring(text.lastIndexOf(':') + 1)) == null) return null;
        try {
            return mapped(InetAddress.ofLiteral(text).getAddress());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** An address as IPv6: an IPv4 address is mapped. */
    static byte[] mapped(byte[] address) {
        if (address.length == IPV6_BYTES) return address;
        byte[] mapped = Arrays.copyOf(IPV4_IN_IPV6, IPV6_BYTES);
        System.arraycopy(address, 0, mapped, IPV4_IN_IPV6.length, IPV4_BYTES);
        return mapped;
    }

    /** An IPv4 address for a mapped one; any other address is returned unchanged. */
    static byte[] unmapped(byte[] address) {
        boolean isMapped =
                address.length == IPV6_BYTES
                        && Arrays.mismatch(address, IPV4_IN_IPV6) == IPV4_IN_IPV6.length;
        return isMapped ? Arrays.copyOfRange(address, IPV4_IN_IPV6.length, IPV6_BYTES) : address;
    }

    /** The address of four or 16 bytes; a mapped one is an IPv4 address. */
    static InetAddress addressOf(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) { // the JDK's word for a wrong length
            throw new IllegalArgumentException("an address of " + bytes.length + " bytes", e);
        }
    }

    /** The canonical text of four or 16 bytes. */
    static String text(byte[] bytes) {
        if (bytes.length == IPV4_BYTES) return addressOf(bytes).getHostAddress();
        var groups = new StringJoiner(":");
        for (int i = 0; i < IPV6_BYTES; i += 2) {
            int group =
                    Byte.toUnsignedInt(bytes[i]) << Byte.SIZE | Byte.toUnsignedInt(bytes[i + 1]);
            groups.add(Integer.toHexString(group));
        }
        String text = groups.toString();
        Optional<MatchResult> longest =
                ZERO_GROUPS.matcher(text).results().reduce(IpLiterals::longer);
        return longest.map(run -> shortened(text, run)).orElse(text);
    }

    /** The first one if both have the same length. */
    private static MatchResult longer(MatchResult first, MatchResult second) {
        return second.end() - second.start() > first.end() - first.start() ? second : first;
    }

    private static String shortened(String text, MatchResult run) {
        String before = text.substring(0, run.start());
        String after = text.substring(run.end());
        return (before.isEmpty() ? ":" : before) + (after.isEmpty() ? ":" : after);
    }
}
