package io.loomline.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Headers for tests, and the bytes of some that this library would not send. */
final class Headers {
    static final SocketAddress PROXY = inet("192.0.2.99", 9999);

    private Headers() {}

    static InetSocketAddress inet(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }

    static byte[] text(String line) {
        return line.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A header of version 2 with a command, a family and a block. */
    static byte[] binary(int versionAndCommand, int family, byte... block) {
        return ByteBuffer.allocate(BinaryFormat.HEAD_BYTES + block.length)
                .put(BinaryFormat.signature())
                .put((byte) versionAndCommand)
                .put((byte) family)
                .putShort((short) block.length)
                .put(block)
                .array();
    }

    /** Reads a header that the bytes begin with, a chunk at a time. */
    static ProxyHeader read(byte[] bytes, int chunkBytes) throws ProxyHeaderException {
        return read(ByteBuffer.wrap(bytes), chunkBytes);
    }

    /**
     * Leaves the bytes behind the header. Throws {@link AssertionError} if there are not enough.
     */
    static ProxyHeader read(ByteBuffer bytes, int chunkBytes) throws ProxyHeaderException {
        var reader = new ProxyHeaderReader(PROXY, 4096);
        while (!reader.isComplete()) {
            ByteBuffer target = reader.target();
            int length = Math.min(chunkBytes, Math.min(target.remaining(), bytes.remaining()));
            if (length == 0) throw new AssertionError("incomplete: " + reader.receivedBytes());
            target.put(bytes.slice(bytes.position(), length));
            bytes.position(bytes.position() + length);
        }
        return reader.header();
    }

    /** A header of any form that can be sent. */
    static ProxyHeader random(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> ProxyHeader.local();
            case 1 -> ProxyHeader.v1(randomInet(random), randomInet(random));
            case 2 -> withTlvs(ProxyHeader.v2(randomUnix(random), randomUnix(random)), random);
            default -> withTlvs(ProxyHeader.v2(randomInet(random), randomInet(random)), random);
        };
    }

    private static ProxyHeader withTlvs(ProxyHeader header, Random random) {
        ProxyHeader all = header;
        for (int i = random.nextInt(4); i > 0; i--) {
            int type = random.nextInt(256);
            var value = new byte[random.nextInt(128)];
            random.nextBytes(value);
            if (type == ProxyTlv.CRC32C) all = all.withChecksum();
            else if (type != ProxyTlv.SSL) all = all.withTlv(type, value);
        }
        return random.nextBoolean() ? all.withChecksum() : all;
    }

    private static SocketAddress randomInet(Random random) {
        var ip = new byte[random.nextBoolean() ? 4 : 16];
        random.nextBytes(ip);
        if (random.nextInt(4) == 0) java.util.Arrays.fill(ip, 0, ip.length / 2, (byte) 0);
        return new InetSocketAddress(IpLiterals.addressOf(ip), random.nextInt(65_536));
    }

    private static SocketAddress randomUnix(Random random) {
        String path = "/run/" + "é".repeat(random.nextInt(51)) + "/x".repeat(random.nextInt(2));
        if (path.getBytes(StandardCharsets.UTF_8).length > 108) path = "/short";
        return UnixDomainSocketAddress.of(random.nextInt(3) == 0 ? "" : path);
    }
}
