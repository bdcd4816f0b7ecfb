package io.loomline.task;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Captures the log while it is open. The tests' slf4j-simple reads {@link System#err} anew for each
 * line, so replacing that stream is enough.
 */
public final class CapturedLog implements AutoCloseable {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream original = System.err;

    public CapturedLog() {
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }

    public String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** The number of ERROR lines that contain the words; stack traces do not count. */
    public int errors(String words) {
        return (int)
                text().lines()
                        .filter(line -> line.contains(" ERROR ") && line.contains(words))
                        .count();
    }

    @Override
    public void close() {
        System.setErr(original);
    }
}
