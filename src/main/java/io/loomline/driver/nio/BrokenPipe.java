package io.loomline.driver.nio;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;

/**
 * Recognizes EPIPE as the error of a failed write. It means that the output has ended, and nothing
 * about the input. Any other error of a write means that the connection is lost. The JDK reports no
 * error number, only the system's text in the language of the process. So the text is taken from a
 * pipe that is broken on purpose.
 *
 * <p><i>Source:</i> EPIPE in <a
 * href="https://man7.org/linux/man-pages/man2/write.2.html">write(2)</a>: "fd is connected to a
 * pipe or socket whose reading end is closed."
 */
final class BrokenPipe {
    private static final boolean SYSTEM_HAS_EPIPE =
            !System.getProperty("os.name", "").startsWith("Windows");

    /** Null until a pipe could be broken. Then every failed write counts as a loss. */
    private static volatile @Nullable String text;

    private BrokenPipe() {}

    /** Returns false on systems without EPIPE, such as Windows. */
    static boolean is(IOException failure) {
        if (failure.getClass() != IOException.class || !SYSTEM_HAS_EPIPE) return false;
        String expected = text;
        if (expected == null) expected = text = breakOne();
        return expected != null && expected.equals(failure.getMessage());
    }

    private static @Nullable String breakOne() {
        Pipe pipe;
        try {
            pipe = Pipe.open();
            pipe.source().close();
        } catch (IOException e) {
            return null; // such as a lack of descriptors
        }
        try (Pipe.SinkChannel sink = pipe.sink()) {
            sink.write(ByteBuffer.allocate(1));
            return null;
        } catch (IOException e) {
            return e.getMessage();
        }
    }
}
