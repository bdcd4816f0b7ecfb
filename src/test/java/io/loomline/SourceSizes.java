package io.loomline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How large source files and packages are.
 *
 * @param texts the text of each file
 */
record SourceSizes(Map<Path, String> texts) {
    private static final Pattern BLOCK_COMMENT = Pattern.compile("(?s)/\\*.*?\\*/");

    /** The largest sizes allowed. */
    record Limits(int filesOfPackage, int linesOfPackage, int linesOfCode) {}

    static SourceSizes read(Path folder) throws IOException {
        var texts = new TreeMap<Path, String>();
        List<Path> sources;
        try (Stream<Path> files = Files.walk(folder)) {
            sources = files.filter(file -> file.toString().endsWith(".java")).toList();
        }
        for (Path source : sources) texts.put(source, Files.readString(source));
        if (texts.isEmpty()) throw new IOException("no source files in " + folder);
        return new SourceSizes(texts);
    }

    /** Each size that is over its limit. */
    Set<String> over(Limits limits) {
        var found = new TreeSet<String>();
        packages()
                .forEach((folder, files) -> {
                    int lines = files.stream().mapToInt(file -> (int) file.lines().count()).sum();
                    require(found, folder, files.size(), "files", limits.filesOfPackage());
                    require(found, folder, lines, "lines", limits.linesOfPackage());
                });
        texts.forEach((file, text) ->
                require(found, file, linesOfCode(text), "lines of code", limits.linesOfCode()));
        return found;
    }

    private Map<Path, List<String>> packages() {
        var packages = new TreeMap<Path, List<String>>();
        texts.forEach((file, text) -> {
            Path folder = Objects.requireNonNull(file.getParent(), "a file in a folder");
            packages.computeIfAbsent(folder, _ -> new ArrayList<>()).add(text);
        });
        return packages;
    }

    private static void require(Set<String> found, Path of, int size, String what, int most) {
        if (size > most) found.add(of + ": " + size + " " + what + ", expected at most " + most);
    }

    /** Neither comments nor imports, which follow from the code, are counted. */
    private static int linesOfCode(String text) {
        return (int)
                BLOCK_COMMENT
                        .matcher(text)
                        .replaceAll("")
                        .lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("//"))
                        .filter(line -> !line.startsWith("import "))
                        .count();
    }
}
