package io.loomline.driver.epoll;

import io.loomline.driver.libc.Libc;
import io.loomline.driver.unix.AddressKind;
import io.loomline.driver.unix.ClientAddress;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Encodes and decodes the kernel's representation of addresses: ip(7), ipv6(7), unix(7). On a
 * machine with IPv6, all internet sockets are of that family, and IPv4 addresses are mapped.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/ipv6.7.html">ipv6(7)</a>: "IPv4
 * connections can be handled with the v6 API by using the v4-mapped-on-v6 address type; thus a
 * program needs to support only this API type to support both protocols."
 *
 * <p><a href="https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2">RFC 4291</a>: "This address
 * type is used to represent the addresses of IPv4 nodes as IPv6 addresses."
 */
final class SocketAddresses {
    static final int AF_UNIX = 1;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    /** The size of sockaddr_un, the longest address. */
    static final int MAX_BYTES = 2 + 108;

    private static final int INET_BYTES = 16;
    private static final int INET6_BYTES = 28;
    private static final byte[] IPV4_IN_IPV6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

    private static final boolean IPV6 = hasIpv6();

    private SocketAddresses() {}

    /** Decides as the JDK does: an interface must have an IPv6 address. */
    private static boolean hasIpv6() {
        if (Boolean.getBoolean("java.net.preferIPv4Stack")) return false;
        try {
            return Files.readAllBytes(Path.of("/proc/net/if_inet6")).length > 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the family of the sockets for addresses of this kind. */
    static int family(SocketAddress address) {
        if (AddressKind.isUnix(address)) return AF_UNIX;
        return IPV6 ? AF_INET6 : AF_INET;
    }

    /** Replaces the wildcard address, which stands for this machine, by the loopback address. */
    static SocketAddress destination(SocketAddress address) throws IOException {
        if (!(address instanceof InetSocketAddress inet)) return address;
        if (!inet.getAddress().isAnyLocalAddress()) return address;
        String loopback = inet.getAddress() instanceof Inet4Address ? "127.0.0.1" : "::1";
        return new InetSocketAddress(InetAddress.getByName(loopback), inet.getPort());
    }

    static byte[] encode(SocketAddress address) throws IOException {
        if (AddressKind.isUnix(address)) return encodeUnix((UnixDomainSocketAddress) address);
        var inet = (InetSocketAddress) address;
        if (IPV6) return encodeInet6(inet);
        if (inet.getAddress() instanceof Inet6Address) {
            throw new SocketException("this machine does not support addresses like " + address);
        }
        var bytes = new byte[INET_BYTES];
        start(bytes, AF_INET, inet.getPort()).put(inet.getAddress().getAddress());
        return bytes;
    }

    private static ByteBuffer start(byte[] address, int family, int port) {
        return ByteBuffer.wrap(address)
                .order(ByteOrder.nativeOrder())
                .putShort((short) family)
                .put((byte) (port >> 8))
                .put((byte) port);
    }

    private static byte[] encodeInet6(InetSocketAddress inet) {
        InetAddress address = inet.getAddress();
        var bytes = new byte[INET6_BYTES];
        ByteBuffer rest = start(bytes, AF_INET6, inet.getPort()).putInt(0);
        if (address instanceof Inet6Address six) {
            rest.put(six.getAddress()).putInt(six.getScopeId());
        } else if (!address.isAnyLocalAddress()) { // the IPv6 wildcard includes IPv4
            rest.put(IPV4_IN_IPV6).put(address.getAddress());
        }
        return bytes;
    }

    // https://man7.org/linux/man-pages/man7/unix.7.html
    // "The length of the pathname, including the terminating null byte, should not exceed the size
    // of
    // sun_path."
    private static byte[] encodeUnix(UnixDomainSocketAddress unix) throws IOException {
        byte[] path = unix.getPath().toString().getBytes(Libc.FILE_NAMES);
        if (path.length > MAX_BYTES - 3) throw new SocketException("Unix domain path too long");
        var bytes = new byte[2 + path.length + 1];
        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putShort((short) AF_UNIX).put(path);
        return bytes;
    }

    static SocketAddress decode(byte[] address) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder());
        int family = bytes.getShort();
        if (family == AF_UNIX) return decodeUnix(bytes);
        int port = Byte.toUnsignedInt(bytes.get()) << 8 | Byte.toUnsignedInt(bytes.get());
        var ip = new byte[family == AF_INET ? 4 : 16];
        if (family == AF_INET6) bytes.getInt();
        bytes.get(ip);
        int scope = family == AF_INET6 ? bytes.getInt() : 0;
        InetAddress there =
                scope == 0
                        ? InetAddress.getByAddress(ip) // converts mapped addresses to IPv4
                        : Inet6Address.getByAddress(null, ip, scope);
        return new InetSocketAddress(there, port);
    }

    /**
     * Decodes a path up to its terminating 0. The path of an unnamed socket is empty. So is that of
     * an abstract address, which is no path.
     *
     * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>:
     * "The name has no connection with filesystem pathnames."
     */
    private static SocketAddress decodeUnix(ByteBuffer bytes) {
        var path = new byte[bytes.remaining()];
        bytes.get(path);
        int length = 0;
        while (length < path.length && path[length] != 0) length++;
        return ClientAddress.ofPath(Arrays.copyOf(path, length), Libc.FILE_NAMES);
    }
}
