package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Lines over each medium. */
@ParameterizedClass
@EnumSource(Medium.class)
class LineReadingTest {
    private static final String SCRIPT =
            "\nabc\r\nhaa\r\n\r\n\n\r\r\n a b \nlone\rreturn\r\nä€\uD83D\uDE00\n\0\nlast";

    private static final List<String> LINES =
            List.of(
                    "",
                    "abc",
                    "haa",
                    "",
                    "",
                    "\r",
                    " a b ",
                    "lone\rreturn",
                    "ä€\uD83D\uDE00",
                    "\0",
                    "last");

    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    @Test
    void linesDoNotDependOnTheChunkSize() throws Exception {
        for (int chunkBytes = 1; chunkBytes <= 9; chunkBytes++) {
            try (Link link = medium.open()) {
                var peer = link.feed(SCRIPT.getBytes(StandardCharsets.UTF_8), chunkBytes);
                assertEquals(LINES, allLines(link.here()), "chunks of " + chunkBytes);
                peer.result();
            }
        }
    }

    @Test
    void lastLineNeedsNoTerminatorAndTheEndIsRepeated() throws Exception {
        try (Link link = medium.open()) {
            var peer = link.feed("some data");
            assertEquals("some data", link.here().readLine());
            for (int i = 0; i < 3; i++) assertNull(link.here().readLine());
            peer.result();
        }
    }

    @Test
    void emptyInputHasNoLine() throws Exception {
        try (Link link = medium.open()) {
            link.there().shutdownOutput();
            assertNull(link.here().readLine());
            assertNull(link.here().readLine());
        }
    }

    @Test
    void terminatorAtTheEndStartsNoFurtherLine() throws Exception {
        assertEquals(List.of("a"), linesOf("a\n"));
        assertEquals(List.of("a", ""), linesOf("a\r\n\r\n"));
    }

    @Test
    void carriageReturnBeforeTheEndBelongsToTheLastLine() throws Exception {
        assertEquals(List.of("a", "b\r"), linesOf("a\r\nb\r"));
        assertEquals(List.of("\r"), linesOf("\r"));
    }

    @Test
    void manyLinesAreReadInOrder() throws Exception {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 500; i++) lines.add("line " + i);
        assertEquals(lines, linesOf(String.join("\n", lines) + "\n"));
    }

    private List<String> linesOf(String text) throws Exception {
        try (Link link = medium.open()) {
            var peer = link.feed(text);
            List<String> lines = allLines(link.here());
            peer.result();
            return lines;
        }
    }

    private static List<String> allLines(Connection connection) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line; (line = connection.readLine()) != null; ) lines.add(line);
        return lines;
    }
}
