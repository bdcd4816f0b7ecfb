package io.loomline.proxy;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;

/**
 * The addresses in a header of version 2.
 *
 * <p><i>Source:</i> <a
 * href="https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt">proxy-protocol.txt</a>:
 * "Starting from the 17th byte, addresses are presented in network byte order."
 */
final class AddressBlock {
    private static final int IPV4 = 1;
    private static final int IPV6 = 2;
    private static final int UNIX = 3;

    static final int MOST_FAMILIES = UNIX;

    private AddressBlock() {}

    static int family(Endpoints endpoints) {
        if (!endpoints.isInternet()) return UNIX;
        return endpoints.isIpv4() ? IPV4 : IPV6;
    }

    static int encodedBytes(Endpoints endpoints) {
        return encodedBytesOfBoth(family(endpoints));
    }

    /** The size of both addresses of a family, with their ports. */
    static int encodedBytesOfBoth(int family) {
        return 2 * encodedBytes(family);
    }

    /** The size of one address, with its port. */
    private static int encodedBytes(int family) {
        return switch (family) {
            case IPV4 -> IpLiterals.IPV4_BYTES + Short.BYTES;
            case IPV6 -> IpLiterals.IPV6_BYTES + Short.BYTES;
            default -> Endpoints.PATH_BYTES;
        };
    }

    /** Takes the addresses of a family from a block. */
    static Endpoints parse(int family, ByteBuffer block) throws ProxyHeaderException {
        int bytes = encodedBytesOfBoth(family);
        if (block.remaining() < bytes) {
            throw new ProxyHeaderException(
                    "%d bytes of addresses of family %d: expected %d"
                            .formatted(block.remaining(), family, bytes));
        }
        if (family == UNIX) return new Endpoints(path(block), path(block));
        int ipBytes = family == IPV4 ? IpLiterals.IPV4_BYTES : IpLiterals.IPV6_BYTES;
        var source = new byte[ipBytes];
        var destination = new byte[ipBytes];
        block.get(source).get(destination);
        return new Endpoints(address(source, block), address(destination, block));
    }

    private static SocketAddress address(byte[] ip, ByteBuffer block) {
        return new InetSocketAddress(
                IpLiterals.addressOf(ip), Short.toUnsignedInt(block.getShort()));
    }

    /**
     * Decodes a path up to its terminating 0. The path of an unnamed socket is empty. So is that of
     * an abstract address, which is no path.
     */
    private static SocketAddress path(ByteBuffer block) throws ProxyHeaderException {
        var bytes = new byte[Endpoints.PATH_BYTES];
        block.get(bytes);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) length++;
        try {
            var path = ByteBuffer.wrap(bytes, 0, length);
            String text = StandardCharsets.UTF_8.newDecoder().decode(path).toString();
            return UnixDomainSocketAddress.of(text);
        } catch (CharacterCodingException | InvalidPathException e) {
            throw new ProxyHeaderException("a Unix-domain path that is not in UTF-8");
        }
    }

    static void encode(Endpoints endpoints, ByteBuffer target) {
        if (endpoints.source() instanceof InetSocketAddress source
                && endpoints.destination() instanceof InetSocketAddress destination) {
            target.put(endpoints.ipOf(source)).put(endpoints.ipOf(destination));
            target.putShort((short) source.getPort()).putShort((short) destination.getPort());
        } else {
            encodePath(endpoints.source(), target);
            encodePath(endpoints.destination(), target);
        }
    }

    private static void encodePath(SocketAddress address, ByteBuffer target) {
        int end = target.position() + Endpoints.PATH_BYTES;
        target.put(Endpoints.pathOf((UnixDomainSocketAddress) address)).position(end);
    }
}
