package io.loomline.probe;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Captures the log while it is open, instead of printing it. This replaces {@link System#err},
 * which the tests' slf4j-simple reads for every line.
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

    /** The lines that contain the text. */
    public List<String> lines(String text) {
        return text().lines().filter(line -> line.contains(text)).toList();
    }

    /** The number of log lines at level error that contain the text; stack traces do not count. */
    public int errors(String text) {
        return (int) lines(text).stream().filter(line -> line.contains(" ERROR ")).count();
    }

    @Override
    public void close() {
        System.setErr(original);
    }
}
