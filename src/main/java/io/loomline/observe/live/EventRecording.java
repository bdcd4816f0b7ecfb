package io.loomline.observe.live;

import jdk.jfr.Configuration;
import jdk.jfr.Recording;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Records the library's events. Needs the module {@code jdk.jfr}. */
final class EventRecording {
    private static final String SETTINGS = "/META-INF/loomline.jfc";

    private EventRecording() {}

    /** Records into a file. <i>Blocks</i> for the duration. */
    static void run(Path file, Duration duration) throws IOException, InterruptedException {
        try (var recording = new Recording(settings())) {
            recording.setName("loomline");
            recording.start();
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
            recording.stop();
            recording.dump(file);
        }
    }

    private static Configuration settings() throws IOException {
        try (InputStream bytes = EventRecording.class.getResourceAsStream(SETTINGS);
                var reader =
                        new InputStreamReader(
                                Objects.requireNonNull(bytes, SETTINGS), StandardCharsets.UTF_8)) {
            return Configuration.create(reader);
        } catch (ParseException e) {
            throw new IOException(SETTINGS + ": " + e.getMessage(), e);
        }
    }
}
