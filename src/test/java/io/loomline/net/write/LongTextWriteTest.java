package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.LineFormat;

import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Text that is longer than the write buffer. */
class LongTextWriteTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int LENGTH = 200_001;

    /** Enough for a medium that passes each byte alone. */
    private static final int SHORT_LENGTH = 70_001;

    /** ASCII text in which no two parts of the same length are equal. */
    private static String text(Medium medium) {
        int length = medium == Medium.ONE_BYTE ? SHORT_LENGTH : LENGTH;
        var text = new StringBuilder();
        for (int i = 0; text.length() < length; i++) text.append(i).append(' ');
        text.setLength(length);
        return text.toString();
    }

    @ParameterizedTest
    @EnumSource
    void arrivesWhole(Medium medium) throws Exception {
        List<String> ends = List.of("", "\u20ac", "~", "\u0080", "\u00e9", "\ud83d\ude00");
        for (String last : medium == Medium.ONE_BYTE ? ends.subList(0, 2) : ends) {
            String text = text(medium) + last;
            byte[] expected = text.getBytes(StandardCharsets.UTF_8);
            try (Link link = medium.open()) {
                var writer =
                        Call.running(() -> {
                            link.there().write(text);
                            link.there().shutdownOutput();
                        });
                byte[] received = link.here().readAll(2 * LENGTH);
                writer.result();
                assertEquals(text, new String(received, StandardCharsets.UTF_8));
                assertEquals(expected.length, link.there().bytesWritten());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void lineArrivesWhole(Medium medium) throws Exception {
        var format = LineFormat.DEFAULT.withMaxBytes(2 * LENGTH);
        String line = text(medium);
        try (Link link = medium.open()) {
            var writer = Call.running(() -> link.there().writeLine(line));
            assertEquals(line, link.here().lineFormat(format).readLine());
            writer.result();
        }
    }

    @ParameterizedTest
    @EnumSource
    void textThatCannotBeWrittenHasNoEffect(Medium medium) throws Exception {
        try (Link link = medium.open()) {
            Connection writer = link.there();
            String text = text(medium);
            assertThrows(CharacterCodingException.class, () -> writer.write(text + '\ud800'));
            for (char c : "\n\r\0".toCharArray()) {
                assertThrows(IllegalArgumentException.class, () -> writer.writeLine(text + c));
            }
            assertEquals(0, writer.bytesWritten());
            var line = Call.running(() -> writer.writeLine("next"));
            assertEquals("next", link.here().readLine());
            line.result();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "MEMORY", "ONE_BYTE"})
    void cutInTheMiddleBreaksTheOutput(Medium medium) throws Exception {
        try (Link link = medium.open()) {
            Connection writer = link.there();
            String text = "x".repeat(medium.cloggingBytes());
            var call = Call.running(() -> writer.write(text)).awaitIn("awaitWritable");
            call.cancel();
            call.wasCancelled();
            assertThrows(IOException.class, () -> writer.write("more"));
        }
    }
}
