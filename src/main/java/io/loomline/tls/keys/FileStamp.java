package io.loomline.tls.keys;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;

/**
 * The state of a file on the disk, by which a change shows. Symbolic links are followed.
 *
 * @param modified the time of the last change
 * @param bytes the size
 * @param file the identity of the file, as a replaced one may have the same size and time; null if
 *     the file system has none
 */
record FileStamp(Instant modified, long bytes, @Nullable Object file) {
    private static final FileStamp MISSING = new FileStamp(Instant.MIN, -1, null);

    /** File systems count in steps of up to 2 s, and the kernel's own clock in some ms. */
    private static final Duration RESOLUTION = Duration.ofSeconds(2);

    static FileStamp of(Path path) {
        try {
            var attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return new FileStamp(
                    attributes.lastModifiedTime().toInstant(),
                    attributes.size(),
                    attributes.fileKey());
        } catch (IOException e) {
            return MISSING;
        }
    }

    /** Whether another change at this time would not show, as it has the same time. */
    boolean isRecent(Instant now) {
        return modified.isAfter(now.minus(RESOLUTION)) && modified.isBefore(now.plus(RESOLUTION));
    }
}
