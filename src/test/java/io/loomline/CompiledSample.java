package io.loomline;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A program of {@code samples}, compiled once for all tests of a class. */
final class CompiledSample implements BeforeAllCallback, AfterAllCallback {
    private final String name;
    private Path classes;

    CompiledSample(String name) {
        this.name = name;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        classes = Files.createTempDirectory("sample");
        SampleProcess.compile(SampleProcess.source(name), classes);
    }

    SampleProcess start(String... arguments) throws IOException {
        return startBy(List.of(), arguments);
    }

    /** Starts the program by a launcher, such as one that sets limits. */
    SampleProcess startBy(List<String> launcher, String... arguments) throws IOException {
        return SampleProcess.startCompiledBy(launcher, classes, name, arguments);
    }

    /** Loads a class of the program into this JVM. */
    Class<?> load(String className) throws IOException, ClassNotFoundException {
        ClassLoader parent = getClass().getClassLoader();
        URL[] path = {classes.toUri().toURL()};
        try (var loader = new URLClassLoader(path, parent)) {
            Class<?> loaded = loader.loadClass(className);
            for (Class<?> nested : loaded.getNestMembers()) loader.loadClass(nested.getName());
            return loaded;
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        try (Stream<Path> files = Files.list(classes)) {
            for (Path file : files.toList()) Files.delete(file);
        }
        Files.delete(classes);
    }
}
