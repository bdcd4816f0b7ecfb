package io.loomline.probe;

import io.loomline.Runtime;

import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.List;
import java.util.Objects;

/** The events that the flight recorder holds after an action. */
public final class RecordedFlight {
    private RecordedFlight() {}

    /** What is recorded. */
    public interface Action {
        void run() throws Exception;
    }

    /** The settings {@code loomline.jfc}. */
    public static Configuration settings() throws IOException, ParseException {
        InputStream file = Runtime.class.getResourceAsStream("/META-INF/loomline.jfc");
        try (var text =
                new InputStreamReader(Objects.requireNonNull(file), StandardCharsets.UTF_8)) {
            return Configuration.create(text);
        }
    }

    /** Runs the action under the recording; returns what was recorded. */
    public static List<RecordedEvent> events(Recording recording, Path directory, Action action)
            throws Exception {
        recording.start();
        action.run();
        recording.stop();
        Path file = directory.resolve("recording.jfr");
        recording.dump(file);
        return RecordingFile.readAllEvents(file);
    }

    /** The events {@code io.loomline.NAME}. */
    public static List<RecordedEvent> named(String name, List<RecordedEvent> events) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals("io.loomline." + name))
                .toList();
    }
}
