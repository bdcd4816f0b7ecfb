package io.loomline.tls;

import java.nio.ByteBuffer;
import java.util.Random;

/** What strangers send. */
public final class Garbage {
    private static final int MOST_BYTES = 400;

    private Garbage() {}

    /** Random bytes, or records with random content. Not empty. */
    public static byte[] bytes(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(MOST_BYTES)];
        random.nextBytes(bytes);
        if (random.nextInt(3) > 0) shapeRecord(ByteBuffer.wrap(bytes), random);
        if (random.nextInt(3) == 0) shapeHandshake(ByteBuffer.wrap(bytes), random);
        return bytes;
    }

    private static void shapeRecord(ByteBuffer bytes, Random random) {
        if (bytes.remaining() < 5) return;
        boolean honest = random.nextInt(4) > 0;
        int length = honest ? bytes.remaining() - 5 : random.nextInt(1 << 16);
        bytes.put((byte) (20 + random.nextInt(5))).put((byte) 3).put((byte) random.nextInt(5));
        bytes.putShort((short) length);
    }

    /** A record of the handshake: a known type, and a length that is true or not. */
    private static void shapeHandshake(ByteBuffer bytes, Random random) {
        if (bytes.remaining() < 9) return;
        int length = random.nextBoolean() ? bytes.remaining() - 9 : random.nextInt(1 << 24);
        bytes.put((byte) 22).put((byte) 3).put((byte) 3);
        bytes.putShort((short) (bytes.remaining() - 2));
        bytes.putInt((1 + random.nextInt(24)) << 24 | length);
        if (bytes.remaining() > 2) bytes.putShort((short) 0x0303);
    }
}
