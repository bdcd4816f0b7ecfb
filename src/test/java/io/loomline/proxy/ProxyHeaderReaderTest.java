package io.loomline.proxy;

import static io.loomline.proxy.Headers.binary;
import static io.loomline.proxy.Headers.inet;
import static io.loomline.proxy.Headers.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;

/** Each form of a header, whole, in parts and malformed. */
class ProxyHeaderReaderTest {
    private static final int PROXY = 0x21;
    private static final int LOCAL = 0x20;
    private static final int TCP4 = 0x11;
    private static final byte[] ADDRESSES4 = {10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2};

    private static final String LONGEST =
            "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
                    + " ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";

    private static final List<byte[]> FORMS =
            List.of(
                    text("PROXY TCP4 1.2.3.4 255.255.255.255 0 65535\r\n"),
                    text("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"),
                    text("PROXY TCP6 :: ::1 1 2\r\n"),
                    text("PROXY TCP6 ::ffff:10.0.0.1 2001:DB8::1 1 2\r\n"),
                    text("PROXY UNKNOWN\r\n"),
                    text("PROXY UNKNOWN  anything else\r\n"),
                    text(LONGEST),
                    ProxyHeader.local().encode(),
                    binary(LOCAL, 0xff, new byte[40]),
                    ProxyHeader.v2(inet("10.0.0.1", 1), inet("10.0.0.2", 2)).encode(),
                    ProxyHeader.v2(inet("::1", 1), inet("10.0.0.2", 2))
                            .withTlv(ProxyTlv.NOOP, new byte[0])
                            .withChecksum()
                            .encode(),
                    binary(PROXY, 0x00),
                    binary(PROXY, 0x00, (byte) 1, (byte) 2),
                    binary(PROXY, 0x31, new byte[216]),
                    binary(PROXY, 0x12, ADDRESSES4));

    private static String refusal(byte[] bytes) {
        return assertThrows(
                        ProxyHeaderException.class,
                        () -> Headers.read(bytes, bytes.length),
                        () -> Arrays.toString(bytes))
                .getMessage();
    }

    /** Concatenates. */
    private static byte[] join(byte[] first, byte... second) {
        return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
    }

    private static byte[] withBlock(int family, byte[] addresses, int... tlvs) {
        var bytes = new byte[tlvs.length];
        for (int i = 0; i < tlvs.length; i++) bytes[i] = (byte) tlvs[i];
        return binary(PROXY, family, join(addresses, bytes));
    }

    @ParameterizedTest
    @FieldSource("FORMS")
    void isReadInPartsOfEverySizeAndNoByteBehindItIs(byte[] form) throws Exception {
        ProxyHeader whole = Headers.read(form, form.length);
        for (int chunk = 1; chunk <= form.length; chunk++) {
            for (byte next : new byte[] {'\n', '\r', ' ', 0, '1'}) {
                ByteBuffer bytes = ByteBuffer.wrap(join(form, next, next));
                assertEquals(whole, Headers.read(bytes, chunk));
                assertEquals(2, bytes.remaining());
            }
        }
    }

    @ParameterizedTest
    @FieldSource("FORMS")
    void isIncompleteWithoutItsLastByte(byte[] form) throws Exception {
        for (int length = 0; length < form.length; length++) {
            byte[] cut = Arrays.copyOf(form, length);
            var reader = new ProxyHeaderReader(Headers.PROXY, 4096);
            ByteBuffer bytes = ByteBuffer.wrap(cut);
            while (bytes.hasRemaining()) {
                assertFalse(reader.isComplete());
                while (bytes.hasRemaining() && reader.target().hasRemaining()) {
                    reader.target().put(bytes.get());
                }
            }
            assertFalse(reader.isComplete());
            assertTrue(reader.target().hasRemaining());
            assertEquals(length, reader.receivedBytes());
            assertThrows(IllegalStateException.class, reader::header);
        }
    }

    @Test
    void headerStaysTheSameOnceItIsComplete() throws Exception {
        byte[] form = FORMS.getFirst();
        var reader = new ProxyHeaderReader(Headers.PROXY, 4096);
        for (byte each : form) {
            assertFalse(reader.isComplete());
            reader.target().put(each);
        }
        assertTrue(reader.isComplete());
        ProxyHeader header = reader.header();
        assertTrue(reader.isComplete());
        assertFalse(reader.target().hasRemaining());
        assertSame(header, reader.header());
    }

    @Test
    void addressesOfTextAreRead() throws Exception {
        ProxyHeader header =
                Headers.read(text("PROXY TCP6 2001:DB8::1 ::ffff:10.0.0.1 1 65535\r\n"), 100);
        assertEquals(1, header.version());
        assertFalse(header.isLocal());
        assertEquals(Optional.of(inet("2001:db8::1", 1)), header.source());
        assertEquals(Optional.of(inet("10.0.0.1", 65535)), header.destination());
        assertEquals(Optional.of(Headers.PROXY), header.proxyAddress());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN 1.2.3.4 1.2.3.4 1 2\r\n"})
    void unknownHasNoAddresses(String line) throws Exception {
        ProxyHeader header = Headers.read(text(line), 100);
        assertEquals(Optional.empty(), header.source());
        assertEquals(Optional.empty(), header.destination());
        assertFalse(header.isLocal());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n\r\n",
                "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXYTCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                " PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\nx\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4\r\nx x\r\n",
                "PROXY TCP4\t1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY UNKNOWNX 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3 1.2.3.4 1 2xxxx\r\n",
                "PROXY TCP4 1.2.3.4.5 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.-4 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.4 ::1 1 2xxxxxx\r\n",
                "PROXY TCP4 localhost 1.2.3.4 1 2\r\n",
                "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY TCP6 ::1 ::1%lo 1 2xxxxxx\r\n",
                "PROXY TCP6 [::1] [::1] 1 2xxxxxx\r\n",
                "PROXY TCP6 ::12345 ::1 1 2xxxxxx\r\n",
                "PROXY TCP6 1::2::3 ::1 1 2xxxxxx\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 999999\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 \u0661\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\r\n",
                "PROXY UNKNOWN\n 1.2.3.4 1.2.3.4\r\n",
                "PROXY UNKNOWN\r 1.2.3.4 1.2.3.4\r\n",
                "PROXY \r\nUNKNOWN 1.2.3.4\r\n",
            })
    void refusesTextThatDoesNotMatchExactly(String line) {
        assertTrue(refusal(text(line)).length() > 0);
        for (int chunk : new int[] {1, 3}) {
            assertThrows(ProxyHeaderException.class, () -> Headers.read(text(line), chunk));
        }
    }

    @Test
    void refusesALineWithoutItsEndIn107Bytes() throws Exception {
        assertEquals(107, LONGEST.length());
        Headers.read(text(LONGEST), 200);
        String longer = LONGEST.replace("\r\n", "0\r\n");
        assertEquals("no CRLF in the first 107 bytes", refusal(text(longer)));
        assertEquals(
                "no CRLF in the first 107 bytes",
                refusal(text("PROXY UNKNOWN " + "x".repeat(200))));
        assertEquals("no CRLF in the first 107 bytes", refusal(text("PROXY " + " ".repeat(200))));
    }

    /** A client that speaks another protocol may never send as many bytes as a header has. */
    @Test
    void refusesTheFirstByteThatNoHeaderHasThere() throws Exception {
        for (byte[] form : FORMS) {
            int startBytes = form[0] == 'P' ? 6 : 12;
            for (int i = 0; i < startBytes; i++) {
                var reader = new ProxyHeaderReader(Headers.PROXY, 4096);
                reader.target().put(form, 0, i);
                assertFalse(reader.isComplete());
                reader.target().put((byte) (form[i] ^ 1));
                assertThrows(ProxyHeaderException.class, reader::isComplete);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0x11, 12",
        "0x31, 11",
        "0x01, 1",
        "0x2F, 15",
    })
    void refusesOtherVersionsAndCommands(String versionAndCommand) {
        byte[] bytes = binary(Integer.decode(versionAndCommand), TCP4, ADDRESSES4);
        assertTrue(refusal(bytes).contains("expected"));
    }

    @Test
    void refusesEveryFamilyAndProtocolThatIsNotAssigned() throws Exception {
        for (int family = 0; family < 16; family++) {
            for (int protocol = 0; protocol < 16; protocol++) {
                byte[] bytes = binary(PROXY, family << 4 | protocol, new byte[216]);
                byte[] local = binary(LOCAL, family << 4 | protocol, new byte[216]);
                assertTrue(Headers.read(local, 300).isLocal());
                if (family > 3 || protocol > 2) {
                    assertTrue(refusal(bytes).startsWith("family " + family));
                } else {
                    boolean isStream = family > 0 && protocol == 1;
                    // zeroes are TLVs of type 0 behind the addresses of an internet family
                    assertEquals(isStream, Headers.read(bytes, 300).source().isPresent());
                }
            }
        }
    }

    @Test
    void refusesABlockShorterThanItsAddresses() {
        assertEquals(
                "11 bytes of addresses of family 1: expected 12",
                refusal(binary(PROXY, TCP4, new byte[11])));
        assertEquals(
                "35 bytes of addresses of family 2: expected 36",
                refusal(binary(PROXY, 0x21, new byte[35])));
        assertEquals(
                "215 bytes of addresses of family 3: expected 216",
                refusal(binary(PROXY, 0x31, new byte[215])));
        assertEquals(
                "11 bytes of addresses of family 1: expected 12",
                refusal(binary(PROXY, 0x12, new byte[11])));
    }

    @Test
    void refusesALongHeaderBeforeItHasArrived() throws Exception {
        Headers.read(binary(LOCAL, 0, new byte[4096]), 9999);
        byte[] head = Arrays.copyOf(binary(LOCAL, 0, new byte[4097]), 16);
        assertEquals("4097 bytes behind the first 16: expected at most 4096", refusal(head));
        head = Arrays.copyOf(binary(LOCAL, 0, new byte[65_535]), 16);
        assertEquals("65535 bytes behind the first 16: expected at most 4096", refusal(head));
    }

    @Test
    void refusesMalformedTlvs() throws Exception {
        for (int[] wrong :
                List.of(
                        new int[] {1},
                        new int[] {1, 0},
                        new int[] {1, 0, 1},
                        new int[] {1, 1, 0, 7, 7},
                        new int[] {1, 0, 1, 7, 1},
                        new int[] {3, 0, 0},
                        new int[] {3, 0, 3, 1, 2, 3},
                        new int[] {3, 0, 5, 1, 2, 3, 4, 5},
                        new int[] {0x20, 0, 4, 1, 0, 0, 0},
                        new int[] {0x20, 0, 6, 1, 0, 0, 0, 0, 0x21},
                        new int[] {0x20, 0, 8, 1, 0, 0, 0, 0, 0x21, 0, 1})) {
            refusal(withBlock(TCP4, ADDRESSES4, wrong));
            refusal(withBlock(0x12, ADDRESSES4, wrong));
        }
        int[] uniqueId = new int[3 + 129];
        uniqueId[0] = ProxyTlv.UNIQUE_ID;
        uniqueId[2] = 129;
        refusal(withBlock(TCP4, ADDRESSES4, uniqueId));
        int[] unknown = {0xEE, 0, 1, 7, 1, 0, 0, 0x20, 0, 5, 1, 0, 0, 0, 0};
        ProxyHeader header = Headers.read(withBlock(TCP4, ADDRESSES4, unknown), 100);
        assertEquals(3, header.tlvs().size());
        assertTrue(header.ssl().orElseThrow().isTls());
    }

    @Test
    void refusesAWrongChecksum() throws Exception {
        byte[] right =
                ProxyHeader.v2(inet("10.0.0.1", 1), inet("10.0.0.2", 2))
                        .withTlv(0xE0, new byte[] {1, 2, 3})
                        .withChecksum()
                        .withTlv(0xE1, new byte[] {4})
                        .encode();
        Headers.read(right, 100);
        for (int bit = 16 * 8; bit < right.length * 8; bit++) {
            byte[] wrong = right.clone();
            wrong[bit / 8] ^= (byte) (1 << bit % 8);
            try { // a changed type or length may hide the checksum
                ProxyHeader read = Headers.read(wrong, 100);
                assertEquals(Optional.empty(), read.tlv(ProxyTlv.CRC32C));
                assertTrue(bit >= (16 + 12) * 8);
            } catch (ProxyHeaderException e) {
                assertTrue(e.getMessage().contains("expected"));
            }
        }
        assertThrows(
                ProxyHeaderException.class,
                () ->
                        Headers.read(
                                withBlock(
                                        TCP4, ADDRESSES4, 3, 0, 4, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0),
                                100));
    }

    @Test
    void localDiscardsItsBlock() throws Exception {
        byte[] block = join(ADDRESSES4, (byte) 3, (byte) 0, (byte) 9);
        ProxyHeader header = Headers.read(binary(LOCAL, TCP4, block), 100);
        assertTrue(header.isLocal());
        assertEquals(2, header.version());
        assertEquals(Optional.empty(), header.source());
        assertEquals(List.of(), header.tlvs());
    }

    @Test
    void pathEndsAtItsFirstZero() throws Exception {
        var block = new byte[216];
        System.arraycopy(text("/run/x"), 0, block, 108, 6);
        block[108 + 8] = 'y';
        block[1] = 'a'; // abstract
        ProxyHeader header = Headers.read(binary(PROXY, 0x31, block), 300);
        assertEquals("", header.source().orElseThrow().toString());
        assertEquals("/run/x", header.destination().orElseThrow().toString());
        block[108] = -1;
        refusal(binary(PROXY, 0x31, block));
    }

    /** Nothing else is ever thrown, and no byte behind the header is asked for. */
    @RepeatedTest(20)
    void anyBytesAreReadOrRefused(RepetitionInfo repetition) {
        var random = new Random(repetition.getCurrentRepetition());
        for (int i = 0; i < 500; i++) {
            byte[] form =
                    random.nextBoolean()
                            ? FORMS.get(random.nextInt(FORMS.size()))
                            : Headers.random(random).encode();
            ByteBuffer bytes = ByteBuffer.allocate(70_000).put(form).rewind();
            for (int mutations = 1 + random.nextInt(4); mutations > 0; mutations--) {
                bytes.put(random.nextInt(form.length), (byte) random.nextInt());
            }
            try {
                Headers.read(bytes, 1 + random.nextInt(200));
                assertTrue(bytes.position() <= 16 + 4096);
            } catch (ProxyHeaderException e) {
                assertTrue(bytes.position() <= 16 + 4096);
            }
        }
    }

    @Test
    void headerWithoutAddressesKeepsItsTlvs() throws Exception {
        int[] tlvs = {ProxyTlv.UNIQUE_ID, 0, 2, 'i', 'd', ProxyTlv.AUTHORITY, 0, 1, 'a'};
        for (byte[] form :
                List.of(
                        withBlock(0x00, new byte[0], tlvs),
                        withBlock(0x01, new byte[0], tlvs),
                        withBlock(0x10, ADDRESSES4, tlvs),
                        withBlock(0x12, ADDRESSES4, tlvs))) {
            ProxyHeader header = Headers.read(form, 100);
            assertEquals(Optional.empty(), header.source());
            assertEquals("id", new String(header.uniqueId().orElseThrow(), US_ASCII));
            assertEquals(Optional.of("a"), header.authority());
            assertEquals(header, Headers.read(header.encode(), 100));
        }
    }

    @Test
    void refusesAWrongChecksumWithoutAddresses() throws Exception {
        int[] tlvs = {ProxyTlv.NOOP, 0, 1, 7, ProxyTlv.CRC32C, 0, 4, 0, 0, 0, 0};
        for (byte[] wrong :
                List.of(
                        withBlock(0x00, new byte[0], tlvs),
                        withBlock(0x10, ADDRESSES4, tlvs),
                        withBlock(0x12, ADDRESSES4, tlvs))) {
            assertTrue(refusal(wrong).startsWith("checksum 00000000"));
            var crc = new CRC32C();
            crc.update(wrong);
            byte[] right =
                    ByteBuffer.wrap(wrong.clone())
                            .putInt(wrong.length - Integer.BYTES, (int) crc.getValue())
                            .array();
            assertEquals(2, Headers.read(right, 100).tlvs().size());
        }
    }

    @Test
    void blockOfAnUnknownFormIsIgnored() throws Exception {
        for (byte[] form :
                List.of(
                        withBlock(0x00, new byte[0], 1),
                        withBlock(0x00, ADDRESSES4, 1, 2),
                        withBlock(0x10, new byte[11]),
                        withBlock(0x10, ADDRESSES4, 1, 0, 1))) {
            ProxyHeader header = Headers.read(form, 100);
            assertEquals(Optional.empty(), header.source());
            assertEquals(List.of(), header.tlvs());
        }
    }
}
