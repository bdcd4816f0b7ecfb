package io.loomline.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.probe.Call;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A line that is too long or malformed causes a callback, after which reading can continue. */
@ParameterizedClass
@EnumSource(Medium.class)
class InvalidLineTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final LineFormat SHORT = LineFormat.DEFAULT.withMaxBytes(4);

    @Parameter Medium medium;

    /** Records its lines. */
    private static class Lines extends Recorder implements LineProtocol {
        final List<String> received = new CopyOnWriteArrayList<>();
        private final LineFormat format;
        private final String delimiter;

        Lines(LineFormat format, String delimiter) {
            this.format = format;
            this.delimiter = delimiter;
        }

        @Override
        public LineFormat lineFormat() {
            return format;
        }

        @Override
        public byte[] delimiter() {
            return delimiter.getBytes(ISO_8859_1);
        }

        @Override
        public void lineReceived(String line) {
            received.add(line);
        }
    }

    /** Continues after an invalid line. */
    private static final class Tolerant extends Lines {
        Tolerant(LineFormat format, String delimiter) {
            super(format, delimiter);
        }

        @Override
        public void lineTooLong(LineTooLongException e) {
            received.add("over " + e.limitBytes());
        }

        @Override
        public void malformed(IOException e) {
            assertTrue(e instanceof CharacterCodingException || e instanceof ProtocolException);
            received.add("malformed");
        }
    }

    private void assertReceived(Lines protocol, String input, String... expected) throws Exception {
        try (var driven = DrivenConnection.over(medium, protocol)) {
            driven.peer().write(input.getBytes(ISO_8859_1));
            driven.peer().shutdownOutput();
            assertNull(driven.end(protocol));
            assertEquals(List.of(expected), protocol.received);
        }
    }

    @Test
    void readingContinuesAfterAnInvalidLine() throws Exception {
        assertReceived(
                new Tolerant(SHORT, ""),
                "one\nfour5\n\u00ff\ntwo\n" + "x".repeat(1_000) + "\nend\n",
                "one",
                "over 4",
                "malformed",
                "two",
                "over 4",
                "end");
    }

    @Test
    void readingContinuesAfterABareLineFeed() throws Exception {
        LineFormat strict = LineFormat.DEFAULT.withEnding(LineFormat.Ending.CRLF);
        assertReceived(new Tolerant(strict, ""), "a\r\nb\nc\r\nd\r\n", "a", "malformed", "d");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", ";"})
    void formatDecodesAMalformedLine(String end) throws Exception {
        String delimiter = end.equals("\n") ? "" : end;
        var replace = SHORT.withMalformed(LineFormat.Malformed.REPLACE);
        assertReceived(
                new Tolerant(replace, delimiter), "a\u00ff" + end + "b" + end, "a\uFFFD", "b");
        var latin = SHORT.withMalformed(LineFormat.Malformed.LATIN_1);
        assertReceived(new Tolerant(latin, delimiter), "a\u00ff" + end + "b" + end, "a\u00ff", "b");
    }

    @Test
    void linesOfAnyEndingAreReceived() throws Exception {
        var any = SHORT.withEnding(LineFormat.Ending.ANY);
        assertReceived(
                new Tolerant(any, ""),
                "a\rb\n\rc\r\n12345\r\n\nd",
                "a",
                "b",
                "c",
                "over 4",
                "",
                "d");
    }

    @ParameterizedTest
    @ValueSource(strings = {";", "--", "ab"})
    void readingContinuesAfterTheDelimiterOfAnInvalidLine(String end) throws Exception {
        String[] lines = {"1", "12345", "2", "\u00ff", "3", "x".repeat(1_000), "4"};
        assertReceived(
                new Tolerant(SHORT, end),
                String.join(end, lines) + end,
                "1",
                "over 4",
                "2",
                "malformed",
                "3",
                "over 4",
                "4");
    }

    @ParameterizedTest
    @CsvSource({"12345", "1234--12345", "1234--1234-"})
    void limitAppliesToALastLineWithoutDelimiter(String input) throws Exception {
        var protocol = new Tolerant(SHORT, "--");
        String[] expected =
                input.startsWith("1234--")
                        ? new String[] {"1234", "over 4"}
                        : new String[] {"over 4"};
        assertReceived(protocol, input, expected);
    }

    @ParameterizedTest
    @CsvSource({"four5, longer than 4 bytes", "\u00ff, not UTF-8"})
    void invalidLineClosesTheTransportByDefault(String bad, String words) throws Exception {
        var protocol =
                new Lines(SHORT, "") {
                    @Override
                    public void lineReceived(String line) {
                        super.lineReceived(line);
                        transport().write(bytes("got " + line + "\n"));
                    }
                };
        try (var log = new CapturedLog();
                var driven = DrivenConnection.over(medium, protocol)) {
            byte[] input = ("one\n" + bad + "\ntwo\n").getBytes(ISO_8859_1);
            driven.link().feed(input, input.length);
            assertEquals("got one", driven.peer().readLine());
            assertNull(driven.peer().readLine());
            Throwable cause = driven.end(protocol);
            assertInstanceOf(IOException.class, cause);
            assertTrue(cause.getMessage().contains(words), cause::toString);
            assertEquals(List.of("one"), protocol.received);
            assertEquals(List.of(), log.lines("WARN"));
        }
    }

    @Test
    void throwingCallbackEndsTheConnection() throws Exception {
        var failure = new IllegalStateException("on purpose");
        var protocol =
                new Lines(SHORT, "") {
                    @Override
                    public void lineTooLong(LineTooLongException e) {
                        throw failure;
                    }
                };
        try (var _ = new CapturedLog();
                var driven = DrivenConnection.over(medium, protocol)) {
            var _ = Call.of(() -> driven.peer().readAll(100));
            driven.link().feed("four5\n");
            assertEquals(failure, driven.end(protocol));
        }
    }
}
