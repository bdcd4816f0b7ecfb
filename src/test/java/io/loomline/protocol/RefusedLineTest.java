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

/** A line that is too long or malformed is told; reading goes on behind it, if that is wanted. */
@ParameterizedClass
@EnumSource(Medium.class)
class RefusedLineTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final LineFormat SHORT = LineFormat.DEFAULT.withMaxBytes(4);

    @Parameter Medium medium;

    /** Notes what it is told. */
    private static class Lines extends Recorder implements LineProtocol {
        final List<String> told = new CopyOnWriteArrayList<>();
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
            told.add(line);
        }
    }

    /** Goes on. */
    private static final class Patient extends Lines {
        Patient(LineFormat format, String delimiter) {
            super(format, delimiter);
        }

        @Override
        public void lineTooLong(LineTooLongException e) {
            told.add("over " + e.limitBytes());
        }

        @Override
        public void malformed(IOException e) {
            assertTrue(e instanceof CharacterCodingException || e instanceof ProtocolException);
            told.add("malformed");
        }
    }

    private void assertTold(Lines protocol, String input, String... expected) throws Exception {
        try (var conversing = Conversing.over(medium, protocol)) {
            conversing.peer().write(input.getBytes(ISO_8859_1));
            conversing.peer().shutdownOutput();
            assertNull(conversing.end(protocol));
            assertEquals(List.of(expected), protocol.told);
        }
    }

    @Test
    void readingGoesOnBehindALineThatIsRefused() throws Exception {
        assertTold(
                new Patient(SHORT, ""),
                "one\nfour5\n\u00ff\ntwo\n" + "x".repeat(1_000) + "\nend\n",
                "one",
                "over 4",
                "malformed",
                "two",
                "over 4",
                "end");
    }

    @Test
    void readingGoesOnBehindALoneTerminator() throws Exception {
        LineFormat strict = LineFormat.DEFAULT.withEnding(LineFormat.Ending.CRLF);
        assertTold(new Patient(strict, ""), "a\r\nb\nc\r\nd\r\n", "a", "malformed", "d");
    }

    @ParameterizedTest
    @ValueSource(strings = {";", "--", "ab"})
    void readingGoesOnBehindTheDelimiter(String end) throws Exception {
        String[] lines = {"1", "12345", "2", "\u00ff", "3", "x".repeat(1_000), "4"};
        assertTold(
                new Patient(SHORT, end),
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
    void lastLineWithoutADelimiterIsHeldToTheLimit(String input) throws Exception {
        var protocol = new Patient(SHORT, "--");
        String[] expected =
                input.startsWith("1234--")
                        ? new String[] {"1234", "over 4"}
                        : new String[] {"over 4"};
        assertTold(protocol, input, expected);
    }

    @ParameterizedTest
    @CsvSource({"four5, longer than 4 bytes", "\u00ff, not UTF-8"})
    void byDefaultItClosesAfterWhatWasWritten(String bad, String words) throws Exception {
        var protocol =
                new Lines(SHORT, "") {
                    @Override
                    public void lineReceived(String line) {
                        super.lineReceived(line);
                        transport().write(bytes("got " + line + "\n"));
                    }
                };
        try (var log = new CapturedLog();
                var conversing = Conversing.over(medium, protocol)) {
            byte[] input = ("one\n" + bad + "\ntwo\n").getBytes(ISO_8859_1);
            conversing.link().feed(input, input.length);
            assertEquals("got one", conversing.peer().readLine());
            assertNull(conversing.peer().readLine());
            Throwable cause = conversing.end(protocol);
            assertInstanceOf(IOException.class, cause);
            assertTrue(cause.getMessage().contains(words), cause::toString);
            assertEquals(List.of("one"), protocol.told);
            assertEquals(List.of(), log.lines("WARN"));
        }
    }

    @Test
    void callbackThatThrowsEndsTheConnection() throws Exception {
        var failure = new IllegalStateException("on purpose");
        var protocol =
                new Lines(SHORT, "") {
                    @Override
                    public void lineTooLong(LineTooLongException e) {
                        throw failure;
                    }
                };
        try (var _ = new CapturedLog();
                var conversing = Conversing.over(medium, protocol)) {
            var _ = Call.of(() -> conversing.peer().readAll(100));
            conversing.link().feed("four5\n");
            assertEquals(failure, conversing.end(protocol));
        }
    }
}
