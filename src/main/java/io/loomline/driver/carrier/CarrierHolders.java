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
 * Who runs on which carrier. Only a dump into a file says that: {@link
 * HotSpotDiagnosticMXBean#dumpThreads}, whose format is given there.
 */
final class CarrierHolders {
    private static final int MOST_FRAMES = 64;
    private static final int MOST_HOLDERS = 16;

    /** A field and its value as the dump has them, one on a line. */
    private static final String TID = "\"tid\": \"";

    private static final String NAME = "\"name\": \"";
    private static final String CARRIER = "\"carrier\": \"";
    private static final String STACK = "\"stack\": [";

    private final StringBuilder found = new StringBuilder();
    private int count;

    // of the thread whose lines are being read
    private String title = "";
    private final StringBuilder frames = new StringBuilder();
    private int frameCount;
    private boolean inStack;

    private CarrierHolders() {}

    /** The virtual threads that have carriers now, with their stacks, in lines of their own. */
    static String now() {
        try {
            Path directory = Files.createTempDirectory("loomline");
            Path file = directory.resolve("threads.json");
            try {
                ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                        .dumpThreads(file.toString(), ThreadDumpFormat.JSON);
                return in(file);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(directory);
            }
        } catch (IOException | RuntimeException | Error e) { // such as that there is no memory
            return " threads that cannot be listed: " + LogText.of(e);
        }
    }

    /** Those that a dump tells of. */
    static String in(Path dump) throws IOException {
        var holders = new CarrierHolders();
        try (Stream<String> lines = Files.lines(dump)) {
            lines.map(String::strip).forEach(holders::read);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (holders.count == 0) return " threads that a thread dump does not list";
        int more = holders.count - MOST_HOLDERS;
        return holders.found + (more > 0 ? "\n  and " + more + " more" : "");
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
            if (++count <= MOST_HOLDERS) found.append("\n  ").append(title).append(frames);
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
        if (!inStack || ++frameCount > MOST_FRAMES) return;
        frames.append("\n    at ").append(LogText.of(value(line, "\"").replace("\\/", "/")));
    }

    /** What is between the field and the last quotation mark. */
    private static String value(String line, String field) {
        int end = line.lastIndexOf('"');
        return end < field.length() ? "" : line.substring(field.length(), end);
    }
}
