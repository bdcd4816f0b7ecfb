package io.loomline.tls.keys;

import java.io.ByteArrayOutputStream;

/** Tags of DER, and the writer of its elements. */
final class Der {
    static final int INTEGER = 0x02;
    static final int OCTET_STRING = 0x04;
    static final int NULL = 0x05;
    static final int OBJECT_IDENTIFIER = 0x06;
    static final int BMP_STRING = 0x1e;
    static final int SEQUENCE = 0x30;
    static final int SET = 0x31;

    private static final int CONSTRUCTED_CONTEXT = 0xa0;
    private static final int MAX_SHORT_LENGTH = 0x7f;

    private Der() {}

    /** The tag of a field that is marked {@code [number]}. */
    static int field(int number) {
        return CONSTRUCTED_CONTEXT + number;
    }

    /** An element with these contents, one after another. */
    static byte[] element(int tag, byte[]... contents) {
        byte[] content = joined(contents);
        var element = new ByteArrayOutputStream();
        element.write(tag);
        writeLength(element, content.length);
        element.writeBytes(content);
        return element.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (byte[] part : parts) all.writeBytes(part);
        return all.toByteArray();
    }

    private static void writeLength(ByteArrayOutputStream element, int length) {
        if (length <= MAX_SHORT_LENGTH) {
            element.write(length);
            return;
        }
        int count = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / Byte.SIZE;
        element.write(MAX_SHORT_LENGTH + 1 + count);
        for (int i = count - 1; i >= 0; i--) element.write(length >>> (i * Byte.SIZE));
    }
}
