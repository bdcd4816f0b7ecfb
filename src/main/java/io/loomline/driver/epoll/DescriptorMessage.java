package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A message with descriptors: struct msghdr, iovec and cmsghdr, in the layout of 64-bit Linux. C
 * libraries that declare a length as an int pad it to 8 bytes.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man3/cmsg.3.html">cmsg(3)</a>: "A
 * cmsghdr structure is followed by the data, with possibly padding bytes in between."
 *
 * @param header the msghdr
 * @param bytes the text
 * @param control the cmsghdr and the descriptors
 */
record DescriptorMessage(MemorySegment header, MemorySegment bytes, MemorySegment control) {
    /** SCM_MAX_FD of the kernel. */
    static final int MAX_DESCRIPTORS = 253;

    /** Enough for the path of each Unix-domain socket. */
    private static final int MAX_TEXT_BYTES = (MAX_DESCRIPTORS + 1) * SocketAddresses.MAX_BYTES;

    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;

    // struct msghdr
    private static final int VECTOR = 16;
    private static final int VECTOR_LENGTH = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int HEADER_BYTES = 56;

    // struct cmsghdr
    private static final int LEVEL = 8;
    private static final int TYPE = 12;
    private static final int DATA = 16;

    /** A message to send. */
    static DescriptorMessage toSend(Arena arena, byte[] text, int[] descriptors) {
        var message = new DescriptorMessage(arena, text.length, descriptors.length);
        MemorySegment.copy(MemorySegment.ofArray(text), 0, message.bytes, 0, text.length);
        message.control.set(JAVA_LONG, 0, DATA + (long) descriptors.length * Integer.BYTES);
        message.control.set(JAVA_INT, LEVEL, SOL_SOCKET);
        message.control.set(JAVA_INT, TYPE, SCM_RIGHTS);
        for (int i = 0; i < descriptors.length; i++) {
            message.control.set(JAVA_INT, DATA + (long) i * Integer.BYTES, descriptors[i]);
        }
        return message;
    }

    /** An empty message with space for as much as the kernel passes. */
    static DescriptorMessage toReceive(Arena arena) {
        return new DescriptorMessage(arena, MAX_TEXT_BYTES, MAX_DESCRIPTORS);
    }

    private DescriptorMessage(Arena arena, int textBytes, int descriptors) {
        this(
                arena.allocate(HEADER_BYTES, Long.BYTES),
                arena.allocate(textBytes),
                arena.allocate(DATA + aligned((long) descriptors * Integer.BYTES), Long.BYTES));
        MemorySegment vector = arena.allocate(2L * Long.BYTES, Long.BYTES);
        vector.set(ADDRESS, 0, bytes);
        vector.set(JAVA_LONG, Long.BYTES, textBytes);
        header.set(ADDRESS, VECTOR, vector);
        header.set(JAVA_LONG, VECTOR_LENGTH, 1);
        header.set(ADDRESS, CONTROL, control);
        header.set(JAVA_LONG, CONTROL_LENGTH, control.byteSize());
    }

    private static long aligned(long bytes) {
        return (bytes + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
    }

    /** The received descriptors, which the receiver owns. */
    int[] descriptors() {
        boolean any = header.get(JAVA_INT, CONTROL_LENGTH) >= DATA;
        if (!any
                || control.get(JAVA_INT, LEVEL) != SOL_SOCKET
                || control.get(JAVA_INT, TYPE) != SCM_RIGHTS) {
            return new int[0];
        }
        var descriptors = new int[(int) (control.get(JAVA_LONG, 0) - DATA) / Integer.BYTES];
        for (int i = 0; i < descriptors.length; i++) {
            descriptors[i] = control.get(JAVA_INT, DATA + (long) i * Integer.BYTES);
        }
        return descriptors;
    }

    /** The received text, of so many bytes. */
    String text(int receivedBytes) {
        var text = new byte[receivedBytes];
        MemorySegment.copy(bytes, 0, MemorySegment.ofArray(text), 0, receivedBytes);
        return new String(text, StandardCharsets.UTF_8);
    }
}
