package io.loomline.proxy;

import io.loomline.log.ErrorText;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Version 2 of the header: 16 bytes, and a block of addresses and TLVs.
 *
 * <p><i>Source:</i> <a
 * href="https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt">proxy-protocol.txt</a>: "The
 * binary header format starts with a constant 12 bytes block containing the protocol signature".
 */
final class BinaryFormat {
    /** The part before the block. */
    static final int HEAD_BYTES = 16;

    private static final byte[] SIGNATURE = {
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
    };
    private static final int COMMAND_AT = 12;
    private static final int FAMILY_AT = 13;
    private static final int LENGTH_AT = 14;
    private static final int VERSION = 2;
    private static final int LOCAL = 0;
    private static final int PROXY = 1;
    private static final int MOST_PROTOCOLS = 2;
    private static final int STREAM = 1;

    /** Encodes that the block has no addresses. */
    private static final int UNSPEC = 0;

    private static final int MOST_BLOCK_BYTES = 0xffff;
    private static final int MOST_UNIQUE_ID_BYTES = 128;

    private BinaryFormat() {}

    /**
     * What a header of version 2 contains.
     *
     * @param endpoints null if the connection has no other addresses than its own
     */
    record Content(boolean isLocal, @Nullable Endpoints endpoints, List<ProxyTlv> tlvs) {}

    static byte[] signature() {
        return SIGNATURE.clone();
    }

    /** The length of the block of a header whose first 16 bytes are given. */
    static int blockBytes(byte[] head) throws ProxyHeaderException {
        int version = head[COMMAND_AT] >> 4 & 0x0f;
        int command = head[COMMAND_AT] & 0x0f;
        // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
        // "As of this specification, it must always be sent as \x2 and the receiver must only
        // accept this value."
        if (version != VERSION) {
            throw new ProxyHeaderException("version " + version + " in binary: expected 2");
        }
        // "other values are unassigned and must not be emitted by senders. Receivers must drop
        // connections presenting unexpected values here."
        if (command != LOCAL && command != PROXY) {
            throw new ProxyHeaderException("command " + command + ": expected 0 or 1");
        }
        if (command == PROXY) requireKnown(head[FAMILY_AT]);
        return Short.toUnsignedInt(ByteBuffer.wrap(head).getShort(LENGTH_AT));
    }

    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "other values are unspecified and must not be emitted in version 2 of this protocol and must
    // be rejected as invalid by receivers."
    private static void requireKnown(byte familyAndProtocol) throws ProxyHeaderException {
        int family = familyAndProtocol >> 4 & 0x0f;
        int protocol = familyAndProtocol & 0x0f;
        if (family <= AddressBlock.MOST_FAMILIES && protocol <= MOST_PROTOCOLS) return;
        throw new ProxyHeaderException(
                "family %d and protocol %d: expected at most %d and %d"
                        .formatted(family, protocol, AddressBlock.MOST_FAMILIES, MOST_PROTOCOLS));
    }

    /** The content of a complete header. */
    static Content parse(byte[] header) throws ProxyHeaderException {
        // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
        // "The receiver must accept this connection as valid and must use the real connection
        // endpoints and discard the protocol block including the family which is ignored."
        if ((header[COMMAND_AT] & 0x0f) == LOCAL) return new Content(true, null, List.of());
        int family = header[FAMILY_AT] >> 4 & 0x0f;
        int protocol = header[FAMILY_AT] & 0x0f;
        if (family == UNSPEC || protocol == UNSPEC) return parseUnspecified(header, family);
        ByteBuffer block = ByteBuffer.wrap(header).position(HEAD_BYTES);
        Endpoints endpoints = AddressBlock.parse(family, block);
        int tlvsAt = block.position();
        List<ProxyTlv> tlvs = parseTlvs(block);
        requireChecksum(header, tlvsAt, tlvs);
        // "A receiver is not required to implement other ones, provided that it automatically falls
        // back to the UNSPEC mode for the valid combinations above that it does not support."
        return new Content(false, protocol == STREAM ? endpoints : null, tlvs);
    }

    /**
     * The content without addresses. TLVs follow the addresses of the family, and begin at once
     * without one. A block of another form is address information of an unknown kind.
     */
    private static Content parseUnspecified(byte[] header, int family) throws ProxyHeaderException {
        // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
        // "The receiver is free to accept the connection anyway and use the real endpoint addresses
        // or to reject it. The receiver should ignore address information."
        Content ignored = new Content(false, null, List.of());
        int tlvsAt = HEAD_BYTES + (family == UNSPEC ? 0 : AddressBlock.encodedBytesOfBoth(family));
        if (tlvsAt > header.length) return ignored;
        List<ProxyTlv> tlvs;
        try {
            tlvs = parseTlvs(ByteBuffer.wrap(header).position(tlvsAt));
        } catch (ProxyHeaderException e) {
            return ignored;
        }
        requireChecksum(header, tlvsAt, tlvs);
        return new Content(false, null, tlvs);
    }

    private static List<ProxyTlv> parseTlvs(ByteBuffer block) throws ProxyHeaderException {
        try {
            List<ProxyTlv> tlvs = TlvFormat.parse(block);
            tlvs.forEach(BinaryFormat::check);
            return tlvs;
        } catch (IllegalArgumentException e) {
            throw new ProxyHeaderException(ErrorText.of(e));
        }
    }

    /** Throws {@link IllegalArgumentException} if a value of a known type is malformed. */
    static void check(ProxyTlv tlv) {
        switch (tlv.type()) {
            case ProxyTlv.CRC32C -> requireLength(tlv, Integer.BYTES, Integer.BYTES);
            // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
            // "an opaque byte sequence of up to 128 bytes generated by the upstream proxy that
            // uniquely identifies the connection"
            case ProxyTlv.UNIQUE_ID -> requireLength(tlv, 0, MOST_UNIQUE_ID_BYTES);
            case ProxyTlv.SSL -> ProxySsl.parse(tlv.value());
            default -> {} // kept as it is
        }
    }

    private static void requireLength(ProxyTlv tlv, int least, int most) {
        if (tlv.length() >= least && tlv.length() <= most) return;
        throw new IllegalArgumentException(tlv + ": expected %d to %d".formatted(least, most));
    }

    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "verify that the calculated CRC32c checksum is the same as the received CRC32c checksum. If
    // it is not, the receiver MUST treat the TCP connection providing the header as invalid."
    private static void requireChecksum(byte[] header, int tlvsAt, List<ProxyTlv> tlvs)
            throws ProxyHeaderException {
        int at = checksumAt(tlvsAt, tlvs);
        if (at < 0) return;
        if (tlvs.stream().filter(tlv -> tlv.type() == ProxyTlv.CRC32C).count() > 1) {
            throw new ProxyHeaderException("two checksums: expected at most one");
        }
        ByteBuffer copy = ByteBuffer.wrap(header.clone());
        int received = copy.getInt(at);
        copy.putInt(at, 0);
        if (received != checksum(copy.array())) {
            throw new ProxyHeaderException(
                    "checksum %08x: expected %08x".formatted(received, checksum(copy.array())));
        }
    }

    /** The index of the checksum in the header; negative if there is none. */
    private static int checksumAt(int tlvsAt, List<ProxyTlv> tlvs) {
        int at = tlvsAt;
        for (ProxyTlv tlv : tlvs) {
            at += TlvFormat.HEAD_BYTES;
            if (tlv.type() == ProxyTlv.CRC32C) return at;
            at += tlv.length();
        }
        return -1;
    }

    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "replace the 32 bits of the checksum field in the received PROXY header with all '0's and
    // calculate a CRC32c checksum value of the whole PROXY header."
    private static int checksum(byte[] header) {
        var crc = new CRC32C();
        crc.update(header);
        return (int) crc.getValue();
    }

    /** Fills in the checksum if there is one. */
    static byte[] encode(Content content) {
        Endpoints endpoints = content.endpoints();
        int blockBytes = blockBytes(endpoints, content.tlvs());
        ByteBuffer header = ByteBuffer.allocate(HEAD_BYTES + blockBytes).put(SIGNATURE);
        header.put((byte) (VERSION << 4 | (content.isLocal() ? LOCAL : PROXY)));
        header.put(
                (byte) (endpoints == null ? UNSPEC : AddressBlock.family(endpoints) << 4 | STREAM));
        header.putShort((short) blockBytes);
        if (endpoints != null) AddressBlock.encode(endpoints, header);
        int at = checksumAt(header.position(), content.tlvs());
        TlvFormat.encode(content.tlvs(), header);
        if (at >= 0) header.putInt(at, 0).putInt(at, checksum(header.array()));
        return header.array();
    }

    /** Throws {@link IllegalArgumentException} if the block is too long. */
    static int blockBytes(@Nullable Endpoints endpoints, List<ProxyTlv> tlvs) {
        int addressBytes = endpoints == null ? 0 : AddressBlock.encodedBytes(endpoints);
        int bytes = addressBytes + TlvFormat.encodedBytes(tlvs);
        if (bytes <= MOST_BLOCK_BYTES) return bytes;
        throw new IllegalArgumentException(
                "%d bytes of addresses and TLVs: expected at most %d"
                        .formatted(bytes, MOST_BLOCK_BYTES));
    }
}
