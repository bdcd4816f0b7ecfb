package io.loomline.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Locale;

class AddressRangeTest {
    private static SocketAddress address(String ip) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), 1234);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0, 10.255.255.255, 9.255.255.255, 11.0.0.0",
        "192.168.4.0/22, 192.168.4.0, 192.168.7.255, 192.168.3.255, 192.168.8.0",
        "127.0.0.1, 127.0.0.1, 127.0.0.1, 127.0.0.0, 127.0.0.2",
        "0.0.0.0/1, 0.0.0.0, 127.255.255.255, 128.0.0.0, ::",
        "::1, ::1, ::1, ::, ::2",
        "::1/128, ::1, ::1, 127.0.0.1, ::3",
        "fd00::/8, fd00::, fdff:ffff::1, fc00::, fe00::",
        "2001:db8:8000::/33, 2001:db8:8000::, 2001:db8:ffff::, 2001:db8::, 2001:db9::",
        "::ffff:10.0.0.0/104, 10.0.0.0, 10.255.255.255, 9.255.255.255, 11.0.0.0",
    })
    void containsTheAddressesBetweenItsFirstAndItsLast(
            String text, String first, String last, String before, String after) {
        AddressRange range = AddressRange.parse(text);
        assertTrue(range.contains(address(first)));
        assertTrue(range.contains(address(last)));
        assertFalse(range.contains(address(before)));
        assertFalse(range.contains(address(after)));
        assertFalse(range.contains(UnixDomainSocketAddress.of("/run/socket")));
    }

    @Test
    void everyAddressOfAFamilyIsInItsWidestRange() {
        assertTrue(AddressRange.parse("0.0.0.0/0").contains(address("255.255.255.255")));
        assertFalse(AddressRange.parse("0.0.0.0/0").contains(address("::1")));
        assertTrue(AddressRange.parse("::/0").contains(address("ffff::")));
        assertFalse(AddressRange.parse("::/0").contains(address("10.0.0.1")));
    }

    /** A kernel may report an IPv4 peer of an IPv6 socket so. */
    @Test
    void mappedAddressCountsAsIpv4() throws Exception {
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 1, 2, 3};
        var peer = new InetSocketAddress(Inet6Address.getByAddress(null, mapped, 1), 1);
        assertTrue(AddressRange.parse("10.0.0.0/8").contains(peer));
        assertFalse(AddressRange.parse("11.0.0.0/8").contains(peer));
        assertFalse(AddressRange.parse("::/0").contains(peer));
    }

    @Test
    void zoneOfAnAddressDoesNotMatter() throws Exception {
        byte[] linkLocal =
                address("fe80::1") instanceof InetSocketAddress inet
                        ? inet.getAddress().getAddress()
                        : null;
        var peer = new InetSocketAddress(Inet6Address.getByAddress(null, linkLocal, 7), 1);
        assertTrue(AddressRange.parse("fe80::/10").contains(peer));
        assertTrue(AddressRange.parse("fe80::1").contains(peer));
    }

    @Test
    void unixStandsForEveryUnixDomainSocket() {
        AddressRange unix = AddressRange.parse("unix");
        assertTrue(unix.contains(UnixDomainSocketAddress.of("")));
        assertTrue(unix.contains(UnixDomainSocketAddress.of("/run/socket")));
        assertFalse(unix.contains(address("127.0.0.1")));
    }

    @Test
    void hostNameIsInNoRange() {
        var name = InetSocketAddress.createUnresolved("localhost", 1);
        assertFalse(AddressRange.parse("0.0.0.0/0").contains(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "localhost",
                "UNIX",
                "unix/0",
                "10",
                "10.1",
                "10.0.0",
                "10.0.0.256",
                "010.0.0.0",
                "10.0.0.0/",
                "/8",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "10.0.0.0/08",
                "10.0.0.0/8/8",
                "10.0.0.0 /8",
                "10.0.0.0/99999999999",
                "::/129",
                ":",
                ":::",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "::g",
                "00001::",
                "[::1]",
                "fe80::1%eth0",
                "::1.2.3",
                "::1.2.3.256",
                "1.2.3.4:80",
                "::ffff:0:0/129",
            })
    void refusesWhatIsNoRange(String text) {
        var e = assertThrows(IllegalArgumentException.class, () -> AddressRange.parse(text));
        assertTrue(e.getMessage().contains("'" + text + "': expected"), e::getMessage);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1/8, 10.0.0.0/8",
        "10.128.0.0/8, 10.0.0.0/8",
        "1.2.3.4/31, 1.2.3.4/31",
        "1.2.3.5/31, 1.2.3.4/31",
        "255.255.255.255/0, 0.0.0.0/0",
        "fd00::1/8, fd00::/8",
        "::1/127, ::/127",
    })
    void namesTheRangeThatIsMeant(String text, String meant) {
        if (text.equals(meant)) {
            assertEquals(meant, AddressRange.parse(text).toString());
            return;
        }
        var e = assertThrows(IllegalArgumentException.class, () -> AddressRange.parse(text));
        assertTrue(e.getMessage().endsWith("expected " + meant), e::getMessage);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "::",
                "::1",
                "1::",
                "1:0:2:3:4:5:6:7",
                "1::2:0:0:3",
                "1:0:0:2::",
                "::1:0:0:0:1",
                "1::2:3:0:0:4",
                "10::20:0:30:0",
                "1:2:3:4:5:6:7:8",
                "::ffff:0:0:0",
                "1:2:3:4:5:6::",
            })
    void textOfAnAddressIsShort(String ip) {
        assertEquals(ip + "/128", AddressRange.parse(ip).toString());
        String zeroes = AddressRange.parse(ip.toUpperCase(Locale.ROOT)).toString();
        assertEquals(ip + "/128", zeroes);
    }

    @Test
    void equalsTheSameRangeInAnotherNotation() {
        AddressRange range = AddressRange.parse("10.0.0.0/8");
        assertEquals(range, AddressRange.parse("::ffff:a00:0/104"));
        assertEquals(range.hashCode(), AddressRange.parse("::ffff:a00:0/104").hashCode());
        assertEquals(range, AddressRange.parse(range.toString()));
        assertNotEquals(range, AddressRange.parse("10.0.0.0/9"));
        assertNotEquals(range, AddressRange.parse("11.0.0.0/8"));
        assertEquals(AddressRange.parse("::1"), AddressRange.parse("0:0:0:0:0:0:0:1/128"));
        assertEquals("unix", AddressRange.parse("unix").toString());
    }
}
