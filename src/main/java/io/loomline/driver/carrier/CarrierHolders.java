package io.loomline.driver.carrier;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;

import io.loomline.log.LogText;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Lists the virtual threads that hold carriers. Only a thread dump into a file has this
 * information; {@link HotSpotDiagnosticMXBean#dumpThreads} describes its format.
 */
final class CarrierHolders {
    private static final int MAX_FRAMES = 64;
    private static final int MAX_HOLDERS = 16;

    /** The beginning of a line of the dump, which has one field and its value per line. */
    private static final String TID = "\"tid\": \"";

    private static final String NAME = "\"name\": \"";
    private static final String CARRIER = "\"carrier\": \"";
    private static final String STACK = "\"stack\": [";

    private final StringBuilder description = new StringBuilder();
    private int count;

    // the thread whose lines are being read
    private String title = "";
    private final StringBuilder frames = new StringBuilder();
    private int frameCount;
    private boolean inStack;

    private CarrierHolders() {}

    /** Describes the current holders with their stacks, each beginning on a new line. */
    static String describe() {
        try {
            Path directory = Files.createTempDirectory("loomline");
            Path file = directory.resolve("threads.json");
            try {
                ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                        .dumpThreads(file.toString(), ThreadDumpFormat.JSON);
                return describe(file);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(directory);
            }
        } catch (IOException | RuntimeException | Error e) { // such as a lack of memory
            return " threads that cannot be listed: " + LogText.of(e);
        }
    }

    /** Describes the holders that a thread dump lists. */
    static String describe(Path dump) throws IOException {
        var holders = new CarrierHolders();
        try (Stream<String> lines = Files.lines(dump)) {
            lines.map(String::strip).forEach(holders::read);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (holders.count == 0) return " threads that a thread dump does not list";
        int more = holders.count - MAX_HOLDERS;
        return holders.description + (more > 0 ? "\n  and " + more + " more" : "");
    }

    private void read(String line) {
        if (line.startsWith(TID)) {
            begin(line);
        } else if (inStack) {
            readFrame(line);
        } else if (line.startsWith(NAME)) {
            title += " \"" + LogText.of(value(line, NAME)) + '"';
        } else if (line.startsWith(STACK)) {
            inStack = !line.endsWith("]");
        } else if (line.startsWith(CARRIER)) {
            if (++count <= MAX_HOLDERS) description.append("\n  ").append(title).append(frames);
        }
    }

    private void begin(String line) {
        title = "#" + value(line, TID);
        frames.setLength(0);
        frameCount = 0;
        inStack = false;
    }

    private void readFrame(String line) {
        inStack = !line.startsWith("]");
        if (!inStack || ++frameCount > MAX_FRAMES) return;
        frames.append("\n    at ").append(LogText.of(value(line, "\"").replace("\\/", "/")));
    }

    /** Returns the text between the field and the last quotation mark. */
    private static String value(String line, String field) {
        int end = line.lastIndexOf('"');
        return end < field.length() ? "" : line.substring(field.length(), end);
    }
}
