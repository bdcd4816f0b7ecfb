package io.loomline.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.probe.CapturedLog;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A protocol of lines of bytes receives each line as it was sent. */
@ParameterizedClass
@EnumSource(Medium.class)
class ByteLineProtocolTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final LineFormat STRICT =
            LineFormat.DEFAULT.withMaxBytes(4).withEnding(LineFormat.Ending.CRLF);

    @Parameter Medium medium;

    /** Records its lines and keeps their buffers. */
    private static class Lines extends Recorder implements ByteLineProtocol {
        final List<ByteBuffer> received = new CopyOnWriteArrayList<>();

        @Override
        public LineFormat lineFormat() {
            return STRICT;
        }

        @Override
        public void lineReceived(ByteBuffer line) {
            received.add(line);
        }

        List<String> lines() {
            return received.stream().map(line -> ISO_8859_1.decode(line).toString()).toList();
        }
    }

    /** Continues after an invalid line. */
    private static final class Tolerant extends Lines {
        @Override
        public void lineTooLong(LineTooLongException e) {
            received.add(ISO_8859_1.encode("over " + e.limitBytes()));
        }

        @Override
        public void malformed(IOException e) {
            received.add(ISO_8859_1.encode("malformed"));
        }
    }

    @Test
    void linesOfAnyBytesAreReceivedAndInvalidOnesAreReported() throws Exception {
        var protocol = new Tolerant();
        try (var driven = DrivenConnection.over(medium, protocol)) {
            driven.peer()
                    .write("\u00ff\u0000\u0080\r\n\r\nfive5\r\na\nb\r\nlast".getBytes(ISO_8859_1));
            driven.peer().shutdownOutput();
            assertNull(driven.end(protocol));
        }
        assertEquals(
                List.of("\u00ff\u0000\u0080", "", "over 4", "malformed", "last"), protocol.lines());
    }

    @Test
    void invalidLineEndsTheConnectionByDefault() throws Exception {
        try (var _ = new CapturedLog()) {
            var protocol = new Lines();
            try (var driven = DrivenConnection.over(medium, protocol)) {
                var _ = driven.link().feed("one\r\nfive5\r\n"); // cut, if the memory is small
                assertInstanceOf(LineTooLongException.class, driven.end(protocol));
            }
            assertEquals(List.of("one"), protocol.lines());
        }
    }
}
