package io.loomline.driver.nio;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;

/**
 * Whether a failed write got EPIPE: write(2), tcp(7). That error says that the output is over and
 * nothing of the input; any other error of a write means that the connection is lost. The JDK
 * reports no number, only the system's text in the language of the process. So the text is taken
 * from a pipe that is broken on purpose.
 */
final class BrokenPipe {
    private static final boolean SYSTEM_HAS_EPIPE =
            !System.getProperty("os.name", "").startsWith("Windows");

    /** Null where no pipe could be broken: then every failed write counts as a loss. */
    private static volatile @Nullable String text;

    private BrokenPipe() {}

    /** On systems without EPIPE, such as Windows, no write fails that way. */
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
            return null; // such as that there are no descriptors
        }
        try (Pipe.SinkChannel sink = pipe.sink()) {
            sink.write(ByteBuffer.allocate(1));
            return null;
        } catch (IOException e) {
            return e.getMessage();
        }
    }
}
