package io.loomline;

import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.stream.Stream;

/**
 * Loads the library's classes in advance if they are files in a directory, as in an IDE. Loading
 * such a class takes a descriptor. A class that fails to load for lack of descriptors, for example
 * while that lack is being handled, can never be loaded later. A jar file is open already.
 */
final class ClassPreloader {
    private static final Logger LOG = Loggers.of(ClassPreloader.class);
    private static final String ENDING = ".class";

    static {
        try {
            Path root = root();
            if (root != null && Files.isDirectory(root)) loadAll(root);
        } catch (IOException | URISyntaxException | RuntimeException | LinkageError e) {
            LOG.debug("some classes could not be loaded in advance", e);
        }
    }

    private ClassPreloader() {}

    /** Returns once all classes are loaded. */
    static void run() {}

    private static @Nullable Path root() throws URISyntaxException {
        CodeSource source = ClassPreloader.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) return null;
        try {
            return Path.of(source.getLocation().toURI());
        } catch (FileSystemNotFoundException | IllegalArgumentException e) {
            return null; // not a file
        }
    }

    private static void loadAll(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("io").resolve("loomline"))) {
            files.filter(file -> file.toString().endsWith(ENDING))
                    .filter(file -> !file.endsWith("package-info.class"))
                    .forEach(file -> load(root.relativize(file).toString()));
        }
    }

    private static void load(String file) {
        String name = file.substring(0, file.length() - ENDING.length());
        try {
            Class.forName(
                    name.replace('/', '.').replace('\\', '.'),
                    false,
                    ClassPreloader.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            LOG.debug("{} cannot be loaded in advance", file, e);
        }
    }
}
