package io.loomline.driver.epoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;

class SocketAddressesTest {
    private static SocketAddress roundTrip(SocketAddress address) throws IOException {
        return SocketAddresses.decode(SocketAddresses.encode(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "192.0.2.255", "::1", "2001:db8::7", "::ffff:192.0.2.1"})
    void internetAddressIsPreserved(String host) throws IOException {
        for (int port : new int[] {0, 1, 255, 256, 32_768, 65_535}) {
            var address = new InetSocketAddress(InetAddress.getByName(host), port);
            assertEquals(address, roundTrip(address));
        }
    }

    @Test
    void mappedAddressIsDecodedAsIpv4() throws IOException {
        var address = new InetSocketAddress("192.0.2.1", 80);
        var back = (InetSocketAddress) roundTrip(address);
        assertInstanceOf(Inet4Address.class, back.getAddress());
    }

    @Test
    void scopeIsPreserved() throws IOException {
        byte[] linkLocal = InetAddress.getByName("fe80::1").getAddress();
        var address = new InetSocketAddress(Inet6Address.getByAddress(null, linkLocal, 3), 80);
        var back = (InetSocketAddress) roundTrip(address);
        assertEquals(3, ((Inet6Address) back.getAddress()).getScopeId());
    }

    @Test
    void ipv4WildcardIsDecodedAsAWildcard() throws IOException {
        var any = (InetSocketAddress) roundTrip(new InetSocketAddress("0.0.0.0", 80));
        assertTrue(any.getAddress().isAnyLocalAddress());
    }

    @Test
    void destinationOfAWildcardIsTheLoopback() throws IOException {
        var four = SocketAddresses.destination(new InetSocketAddress("0.0.0.0", 80));
        assertEquals("/127.0.0.1:80", four.toString());
        var six = SocketAddresses.destination(new InetSocketAddress("::", 80));
        assertEquals("/[0:0:0:0:0:0:0:1]:80", six.toString());
        var other = new InetSocketAddress("192.0.2.1", 80);
        assertEquals(other, SocketAddresses.destination(other));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/tmp/socket", "relative", "/tmp/sch\u00f6n"})
    void pathIsPreserved(String path) throws IOException {
        var address = UnixDomainSocketAddress.of(path);
        assertEquals(address, roundTrip(address));
    }

    @Test
    void pathHasAtMost107Bytes() throws IOException {
        var longest = UnixDomainSocketAddress.of("x".repeat(107));
        assertEquals(longest, roundTrip(longest));
        var tooLong = UnixDomainSocketAddress.of("x".repeat(108));
        var e = assertThrows(SocketException.class, () -> SocketAddresses.encode(tooLong));
        assertTrue(e.getMessage().contains("too long"), e::toString);
    }

    @Test
    void unnamedSocketHasAnEmptyPath() throws IOException {
        assertEquals(UnixDomainSocketAddress.of(""), SocketAddresses.decode(new byte[] {1, 0}));
    }
}
