package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The addresses of a name are tried in turn. In a JVM of its own, because there a file can say what
 * addresses a name has.
 */
@Tag("slow")
class SeveralAddressesTest {
    @TempDir Path directory;

    private List<String> connect(String... fates) throws Exception {
        Path hosts =
                Files.write(
                        directory.resolve("hosts"),
                        List.of(
                                "127.0.0.1 several.test",
                                "127.0.0.2 several.test",
                                "127.0.0.3 several.test"));
        var options = List.of("-Djdk.net.hosts.file=" + hosts);
        try (Child child = Child.start(SeveralAddresses.class, options, fates)) {
            return child.rest();
        }
    }

    private static List<String> trying(int addresses, String... then) {
        List<String> lines = new ArrayList<>();
        for (int i = 1; i <= addresses; i++) lines.add("trying several.test/127.0.0." + i + ":80");
        lines.addAll(List.of(then));
        return lines;
    }

    @Test
    void firstThatAnswersIsTaken() throws Exception {
        assertEquals(trying(1, "connected"), connect("yes"));
        assertEquals(trying(3, "connected"), connect("no", "no", "yes"));
    }

    @Test
    void silentAddressGetsItsShareOfTheTime() throws Exception {
        assertEquals(trying(2, "connected"), connect("silence", "yes"));
        assertEquals(trying(3, "connected"), connect("silence", "silence", "yes"));
    }

    @Test
    void failureNamesEveryAddressAndCarriesEveryCause() throws Exception {
        List<String> lines = connect("no", "silence", "no");
        assertEquals(trying(3), lines.subList(0, 3));
        String failure = lines.get(3);
        assertTrue(failure.startsWith("ConnectFailedException: "), failure);
        assertTrue(failure.contains("several.test:80"), failure);
        for (int i = 1; i <= 3; i++) assertTrue(failure.contains("127.0.0." + i + ":80"), failure);
        assertTrue(lines.get(4).contains("refused by several.test/127.0.0.1:80"), lines.get(4));
        assertTrue(lines.get(5).contains("SocketTimeoutException"), lines.get(5));
        assertTrue(lines.get(6).contains("refused by several.test/127.0.0.3:80"), lines.get(6));
        assertEquals(7, lines.size());
    }

    @Test
    void timeoutOfTheWholeIsATimeout() throws Exception {
        List<String> lines = connect("silence", "silence", "silence");
        assertEquals(trying(3), lines.subList(0, 3));
        assertTrue(lines.get(3).startsWith("SocketTimeoutException: "), lines.get(3));
        assertTrue(lines.get(3).contains("several.test:80"), lines.get(3));
    }
}
