package io.loomline.observe.command;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** The jar of the library, as the build makes it after the tests. */
final class CommandJar {
    private CommandJar() {}

    /** Writes the jar into a folder. */
    static Path create(Path folder) throws IOException {
        Path jar = folder.resolve("loomline.jar");
        Path classes = Path.of("target", "classes");
        try (OutputStream file = Files.newOutputStream(jar);
                var out = new JarOutputStream(file, manifest());
                Stream<Path> all = Files.walk(classes)) {
            for (Path each : all.filter(Files::isRegularFile).toList()) {
                String name = classes.relativize(each).toString().replace('\\', '/');
                if (name.startsWith("META-INF")) continue;
                out.putNextEntry(new JarEntry(name));
                Files.copy(each, out);
            }
        }
        return jar;
    }

    private static Manifest manifest() {
        var manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, Main.class.getName());
        attributes.put(new Attributes.Name("Agent-Class"), Agent.class.getName());
        return manifest;
    }
}
