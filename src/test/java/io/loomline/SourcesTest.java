package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Rules that come from a document quote its sentence, with the address, beside the code. The report
 * lists the sections: {@code target/sources.txt}.
 */
class SourcesTest {
    /** Documents that the code follows, as their addresses have them. */
    private static final List<String> FOLLOWED =
            List.of(
                    "/rfc8305",
                    "/rfc1928",
                    "/rfc1929",
                    "/rfc9110",
                    "/accept.2",
                    "/epoll.7",
                    "/tcp.7",
                    "/unix.7");

    @Test
    void eachAddressComesWithASentence() throws IOException {
        Set<String> bare = new TreeSet<>();
        Set<String> sections = new TreeSet<>();
        for (Path file : mainSources()) {
            for (Quotation each : Quotation.in(Files.readString(file))) {
                if (each.sentence().isEmpty()) bare.add(file + ": " + each.address());
                sections.add(each.address() + "  " + file.getFileName() + "  " + each.sentence());
            }
        }
        Files.write(Path.of("target", "sources.txt"), sections);
        assertEquals(Set.of(), bare, "addresses without a quoted sentence");
        for (String document : FOLLOWED) {
            assertTrue(
                    sections.stream().anyMatch(section -> section.contains(document)),
                    () -> "no sentence of " + document + " is quoted");
        }
    }

    /** A formatter folds the marks of a merge into a comment, where the compiler ignores them. */
    @Test
    void noMergeIsHalfDone() throws IOException {
        List<String> marks = List.of("<".repeat(7) + " ", ">".repeat(7) + " ");
        Set<Path> unmerged = new TreeSet<>();
        for (Path file : texts()) {
            String text = Files.readString(file);
            if (marks.stream().anyMatch(text::contains)) unmerged.add(file);
        }
        assertEquals(Set.of(), unmerged);
    }

    private static List<Path> texts() throws IOException {
        List<Path> texts = new ArrayList<>(List.of(Path.of("README.md"), Path.of("CHANGELOG.md")));
        for (String folder : List.of("src", "samples")) {
            try (Stream<Path> files = Files.walk(Path.of(folder))) {
                files.filter(file -> file.toString().matches(".*\\.(java|md)")).forEach(texts::add);
            }
        }
        return texts;
    }

    private static List<Path> mainSources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }

    @Test
    void quotationsAreFoundInBothKindsOfComments() {
        String source =
                """
                /**
                 * Waits.
                 *
                 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/tcp.7.html">tcp(7)</a>:
                 * "A sentence that is
                 * wrapped."
                 */
                // https://www.rfc-editor.org/rfc/rfc8305#section-5
                // "Another sentence of a document."
                int x; // https://www.rfc-editor.org/rfc/rfc9110
                String y = "not a quotation of it";
                // https://www.rfc-editor.org/rfc/rfc1928 "short"
                """;
        assertEquals(
                List.of(
                        new Quotation(
                                "https://man7.org/linux/man-pages/man7/tcp.7.html",
                                "A sentence that is wrapped."),
                        new Quotation(
                                "https://www.rfc-editor.org/rfc/rfc8305#section-5",
                                "Another sentence of a document."),
                        new Quotation("https://www.rfc-editor.org/rfc/rfc9110", ""),
                        new Quotation("https://www.rfc-editor.org/rfc/rfc1928", "")),
                Quotation.in(source));
    }
}
