package io.loomline.proxy;

import static io.loomline.proxy.Headers.inet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What a header has, and its bytes. */
class ProxyHeaderTest {
    private static final SocketAddress CLIENT = inet("192.168.0.1", 56324);
    private static final SocketAddress SERVICE = inet("192.168.0.11", 443);

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replaceAll("\\s", ""));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The example of the specification. */
    @Test
    void textIsThatOfTheSpecification() {
        assertArrayEquals(
                Headers.text("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"),
                ProxyHeader.v1(CLIENT, SERVICE).encode());
    }

    @Test
    void textOfIpv6HasNoZone() {
        assertArrayEquals(
                Headers.text("PROXY TCP6 fe80::1 ::ffff:a00:1 0 65535\r\n"),
                ProxyHeader.v1(inet("fe80::1%1", 0), inet("10.0.0.1", 65535)).encode());
    }

    @Test
    void binaryHasAddressesAndPortsInNetworkByteOrder() {
        assertArrayEquals(
                hex("0d0a0d0a000d0a515549540a 21 11 000c c0a80001 c0a8000b dc04 01bb"),
                ProxyHeader.v2(CLIENT, SERVICE).encode());
        assertArrayEquals(
                hex(
                        """
                        0d0a0d0a000d0a515549540a 21 21 0024
                        20010db8000000000000000000000001 00000000000000000000ffffc0a8000b
                        0001 01bb\
                        """),
                ProxyHeader.v2(inet("2001:db8::1", 1), SERVICE).encode());
    }

    @Test
    void binaryHasUnixPathsOf108Bytes() {
        byte[] bytes =
                ProxyHeader.v2(
                                UnixDomainSocketAddress.of(""),
                                UnixDomainSocketAddress.of("/run/" + "s".repeat(103)))
                        .encode();
        ByteBuffer expected =
                ByteBuffer.allocate(16 + 216)
                        .put(hex("0d0a0d0a000d0a515549540a 21 31 00d8"))
                        .position(16 + 108)
                        .put(utf8("/run/" + "s".repeat(103)));
        assertArrayEquals(expected.array(), bytes);
    }

    /** The drivers give such a client an address of a type of their own. */
    @Test
    void clientOfAUnixSocketMayBeUnnamed() {
        SocketAddress service = UnixDomainSocketAddress.of("/run/socket");
        ProxyHeader header = ProxyHeader.v2(new SocketAddress() {}, service);
        assertEquals(ProxyHeader.v2(UnixDomainSocketAddress.of(""), service), header);
        assertThrows(NullPointerException.class, () -> ProxyHeader.v2(null, service));
    }

    @Test
    void localHasNothingElse() {
        assertArrayEquals(hex("0d0a0d0a000d0a515549540a 20 00 0000"), ProxyHeader.local().encode());
        assertTrue(ProxyHeader.local().isLocal());
        assertEquals(Optional.empty(), ProxyHeader.local().source());
        assertEquals(Optional.empty(), ProxyHeader.local().destination());
    }

    /** The checksum was calculated bit by bit with the polynomial of RFC 4960. */
    @Test
    void checksumIsThatOfTheWholeHeader() {
        byte[] bytes =
                ProxyHeader.v2(CLIENT, SERVICE)
                        .withTlv(ProxyTlv.NOOP, new byte[2])
                        .withChecksum()
                        .withTlv(0xE0, new byte[] {7})
                        .encode();
        int at = 16 + 12 + 5 + 3;
        int sent = ByteBuffer.wrap(bytes).getInt(at);
        ByteBuffer.wrap(bytes).putInt(at, 0);
        assertEquals(crc32c(bytes), sent);
    }

    private static int crc32c(byte[] bytes) {
        int crc = -1;
        for (byte each : bytes) {
            crc ^= Byte.toUnsignedInt(each);
            for (int i = 0; i < 8; i++) crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : 0x82F63B78);
        }
        return ~crc;
    }

    @Test
    void knownValuesHaveNames() {
        ByteBuffer ssl =
                ByteBuffer.allocate(5 + 10 + 6)
                        .put((byte) 3)
                        .putInt(0)
                        .put((byte) ProxyTlv.SSL_VERSION)
                        .putShort((short) 7)
                        .put(utf8("TLSv1.3"))
                        .put((byte) ProxyTlv.SSL_CN)
                        .putShort((short) 3)
                        .put(utf8("Ann"));
        ProxyHeader header =
                ProxyHeader.v2(CLIENT, SERVICE)
                        .withTlv(ProxyTlv.ALPN, utf8("h2"))
                        .withTlv(ProxyTlv.AUTHORITY, utf8("bücher.example"))
                        .withTlv(ProxyTlv.UNIQUE_ID, new byte[] {1, 2})
                        .withTlv(ProxyTlv.NETNS, utf8("blue"))
                        .withTlv(0xE1, new byte[] {9})
                        .withTlv(0xE1, new byte[] {8})
                        .withTlv(ProxyTlv.SSL, ssl.array());
        assertEquals(Optional.of("h2"), header.applicationProtocol());
        assertEquals(Optional.of("bücher.example"), header.authority());
        assertArrayEquals(new byte[] {1, 2}, header.uniqueId().orElseThrow());
        assertEquals(Optional.of("blue"), header.networkNamespace());
        assertArrayEquals(new byte[] {9}, header.tlv(0xE1).orElseThrow());
        assertEquals(7, header.tlvs().size());
        ProxySsl shown = header.ssl().orElseThrow();
        assertTrue(shown.isTls() && shown.hasCertificate() && shown.isVerified());
        assertFalse(shown.hasCertificateInSession());
        assertEquals(Optional.of("TLSv1.3"), shown.version());
        assertEquals(Optional.of("Ann"), shown.commonName());
        assertEquals(Optional.empty(), shown.cipher());
        assertEquals(Optional.empty(), shown.signatureAlgorithm());
        assertEquals(Optional.empty(), shown.keyAlgorithm());
    }

    /** HAProxy sends 0 for a client without a certificate too. */
    @Test
    void onlyACertificateIsVerified() {
        for (int client = 0; client < 8; client++) {
            for (int verify : new int[] {0, 18, -1}) {
                byte[] value = ByteBuffer.allocate(5).put((byte) client).putInt(verify).array();
                ProxySsl ssl = ProxySsl.parse(value);
                assertEquals((client & 6) != 0 && verify == 0, ssl.isVerified());
                assertEquals((client & 4) != 0, ssl.hasCertificateInSession());
            }
        }
    }

    @Test
    void valueThatIsNotUtf8HasNoText() {
        ProxyHeader header =
                ProxyHeader.v2(CLIENT, SERVICE).withTlv(ProxyTlv.AUTHORITY, new byte[] {-1});
        assertEquals(Optional.empty(), header.authority());
        assertEquals(1, header.tlvs().size());
    }

    @Test
    void callersCannotChangeItsValues() {
        byte[] value = {1, 2, 3};
        ProxyHeader header = ProxyHeader.v2(CLIENT, SERVICE).withTlv(0xE0, value);
        value[0] = 9;
        header.tlv(0xE0).orElseThrow()[1] = 9;
        header.tlvs().getFirst().value()[2] = 9;
        assertArrayEquals(new byte[] {1, 2, 3}, header.tlv(0xE0).orElseThrow());
        assertThrows(UnsupportedOperationException.class, () -> header.tlvs().clear());
    }

    @Test
    void refusesAddressesThatItCannotSend() {
        SocketAddress unix = UnixDomainSocketAddress.of("/run/socket");
        SocketAddress name = InetSocketAddress.createUnresolved("client.test", 1);
        SocketAddress longPath = UnixDomainSocketAddress.of("/" + "x".repeat(108));
        SocketAddress other = new SocketAddress() {};
        for (SocketAddress wrong : List.of(unix, name, longPath, other)) {
            assertThrows(IllegalArgumentException.class, () -> ProxyHeader.v2(wrong, SERVICE));
            assertThrows(IllegalArgumentException.class, () -> ProxyHeader.v2(CLIENT, wrong));
            assertThrows(IllegalArgumentException.class, () -> ProxyHeader.v1(wrong, wrong));
        }
        assertThrows(IllegalArgumentException.class, () -> ProxyHeader.v2(unix, longPath));
        assertThrows(NullPointerException.class, () -> ProxyHeader.v2(null, SERVICE));
    }

    @Test
    void refusesValuesThatItCannotSend() {
        ProxyHeader header = ProxyHeader.v2(CLIENT, SERVICE);
        for (var wrong :
                List.of(
                        new ProxyTlv(ProxyTlv.UNIQUE_ID, new byte[129]),
                        new ProxyTlv(ProxyTlv.SSL, new byte[4]),
                        new ProxyTlv(ProxyTlv.SSL, new byte[6]),
                        new ProxyTlv(ProxyTlv.CRC32C, new byte[4]),
                        new ProxyTlv(0xE0, new byte[65_535]))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> header.withTlv(wrong.type(), wrong.value()),
                    wrong::toString);
        }
        assertThrows(IllegalArgumentException.class, () -> header.withTlv(256, new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> header.withTlv(-1, new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> header.withTlv(1, new byte[65_536]));
        int most = 65_535 - 12 - 3;
        assertEquals(65_551, header.withTlv(0xE0, new byte[most]).encode().length);
        ProxyHeader text = ProxyHeader.v1(CLIENT, SERVICE);
        for (ProxyHeader without : List.of(text, ProxyHeader.local())) {
            assertThrows(IllegalStateException.class, () -> without.withTlv(0xE0, new byte[0]));
            assertThrows(IllegalStateException.class, without::withChecksum);
        }
    }

    @RepeatedTest(20)
    void whatIsSentIsRead(RepetitionInfo repetition) throws Exception {
        var random = new Random(repetition.getCurrentRepetition());
        for (int i = 0; i < 100; i++) {
            ProxyHeader sent = Headers.random(random);
            ByteBuffer bytes = ByteBuffer.allocate(4096).put(sent.encode()).putLong(-1).flip();
            ProxyHeader read = Headers.read(bytes, 1 + random.nextInt(100));
            assertEquals(sent.source(), read.source());
            assertEquals(sent.destination(), read.destination());
            assertArrayEquals(sent.encode(), read.encode());
            assertEquals(8, bytes.remaining());
            assertEquals(Optional.of(Headers.PROXY), read.proxyAddress());
            assertEquals(Optional.empty(), sent.proxyAddress());
        }
    }

    @Test
    void equalsAHeaderWithTheSameContent() throws Exception {
        ProxyHeader header = ProxyHeader.v2(CLIENT, SERVICE).withTlv(0xE0, new byte[] {1});
        ProxyHeader read = Headers.read(header.encode(), 100);
        assertEquals(header, read);
        assertEquals(header.hashCode(), read.hashCode());
        for (ProxyHeader other :
                List.of(
                        ProxyHeader.v2(CLIENT, SERVICE),
                        ProxyHeader.v2(SERVICE, CLIENT).withTlv(0xE0, new byte[] {1}),
                        ProxyHeader.v1(CLIENT, SERVICE),
                        ProxyHeader.local(),
                        header.withChecksum())) {
            assertFalse(header.equals(other), other::toString);
        }
    }

    @Test
    void textFormNamesBothAddressesAndNoValue() {
        assertEquals(
                "PROXY header v2 from /192.168.0.1:56324 to /192.168.0.11:443",
                ProxyHeader.v2(CLIENT, SERVICE).withTlv(0xE0, new byte[] {1}).toString());
        assertEquals("PROXY header v2 (local) without addresses", ProxyHeader.local().toString());
        assertEquals("TLV 0xe0 of 1 bytes", new ProxyTlv(0xE0, new byte[1]).toString());
    }
}
