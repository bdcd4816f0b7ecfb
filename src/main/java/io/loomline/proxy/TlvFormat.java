package io.loomline.proxy;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Encodes and decodes lists of {@link ProxyTlv}. */
final class TlvFormat {
    /** The type and the length. */
    static final int HEAD_BYTES = 3;

    private TlvFormat() {}

    /** Decodes the rest of a buffer. Throws {@link IllegalArgumentException} if it is malformed. */
    static List<ProxyTlv> parse(ByteBuffer bytes) {
        List<ProxyTlv> tlvs = new ArrayList<>();
        while (bytes.hasRemaining()) {
            if (bytes.remaining() < HEAD_BYTES) {
                throw new IllegalArgumentException(
                        "%d bytes where a TLV begins: expected 3 or more"
                                .formatted(bytes.remaining()));
            }
            int type = Byte.toUnsignedInt(bytes.get());
            int length = Short.toUnsignedInt(bytes.getShort());
            if (length > bytes.remaining()) {
                throw new IllegalArgumentException(
                        "TLV 0x%02x of %d bytes: expected at most %d, the rest of what it is in"
                                .formatted(type, length, bytes.remaining()));
            }
            var value = new byte[length];
            bytes.get(value);
            tlvs.add(new ProxyTlv(type, value));
        }
        return List.copyOf(tlvs);
    }

    static void encode(List<ProxyTlv> tlvs, ByteBuffer target) {
        for (ProxyTlv tlv : tlvs) {
            target.put((byte) tlv.type()).putShort((short) tlv.length()).put(tlv.value());
        }
    }

    static int encodedBytes(List<ProxyTlv> tlvs) {
        return tlvs.stream().mapToInt(tlv -> HEAD_BYTES + tlv.length()).sum();
    }

    /** The first value of a type. */
    static Optional<byte[]> first(List<ProxyTlv> tlvs, int type) {
        return tlvs.stream().filter(tlv -> tlv.type() == type).findFirst().map(ProxyTlv::value);
    }

    /** The first value of a type as text; empty also if it is not UTF-8. */
    static Optional<String> firstText(List<ProxyTlv> tlvs, int type) {
        return first(tlvs, type).flatMap(TlvFormat::text);
    }

    private static Optional<String> text(byte[] utf8) {
        try {
            var bytes = ByteBuffer.wrap(utf8);
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
