package io.loomline.protocol;

import io.loomline.net.Connection;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;
import io.loomline.stream.MalformedTextException;
import io.loomline.stream.MessageTooLongException;
import io.loomline.stream.SkippedInput;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads the input of a protocol: bytes, or lines of its format or delimiter. */
abstract sealed class InputFeed {
    /** The most bytes that one callback receives. */
    private static final int MAX_READ_BYTES = 64 * 1024;

    final Connection connection;

    private InputFeed(Connection connection) {
        this.connection = connection;
    }

    /** The feed of a protocol. A line protocol is asked for its format here. */
    static InputFeed of(Connection connection, Protocol protocol) {
        try {
            return switch (protocol) {
                case LineProtocol lines -> new Lines(connection, lines);
                case ByteLineProtocol lines -> new ByteLines(connection, lines);
                default -> new Bytes(connection, protocol);
            };
        } catch (Throwable e) {
            connection.abort();
            throw e;
        }
    }

    /** The callback for the next input; null at the end of the input. <i>Blocks.</i> */
    abstract @Nullable Callback next() throws IOException, InterruptedException;

    /** Whether the input is inside a message that is skipped. */
    boolean isSkipping() {
        return false;
    }

    private static final class Bytes extends InputFeed {
        private final Protocol protocol;

        Bytes(Connection connection, Protocol protocol) {
            super(connection);
            this.protocol = protocol;
        }

        @Override
        @Nullable Callback next() throws IOException, InterruptedException {
            byte[] bytes = connection.read(MAX_READ_BYTES);
            return bytes.length == 0 ? null : () -> protocol.received(ByteBuffer.wrap(bytes));
        }
    }

    private static final class ByteLines extends InputFeed {
        private final ByteLineProtocol protocol;

        ByteLines(Connection connection, ByteLineProtocol protocol) {
            super(connection);
            this.protocol = protocol;
            connection.lineFormat(protocol.lineFormat());
        }

        @Override
        @Nullable Callback next() throws IOException, InterruptedException {
            try {
                byte[] line = connection.readLineBytes();
                return line == null ? null : () -> protocol.lineReceived(ByteBuffer.wrap(line));
            } catch (LineTooLongException e) {
                return () -> protocol.lineTooLong(e);
            } catch (IOException e) {
                if (!(e instanceof SkippedInput)) throw e;
                return () -> protocol.malformed(e);
            }
        }
    }

    private static final class Lines extends InputFeed {
        private final LineProtocol protocol;
        private final LineFormat format;

        /** Whether the input is inside a line that was too long. */
        private boolean skipping;

        Lines(Connection connection, LineProtocol protocol) {
            super(connection);
            this.protocol = protocol;
            format = protocol.lineFormat();
            connection.lineFormat(format);
        }

        @Override
        @Nullable Callback next() throws IOException, InterruptedException {
            try {
                byte[] delimiter = protocol.delimiter();
                String line = delimiter.length == 0 ? connection.readLine() : readUntil(delimiter);
                return line == null ? null : () -> protocol.lineReceived(line);
            } catch (LineTooLongException e) {
                return () -> protocol.lineTooLong(e);
            } catch (IOException e) {
                if (!(e instanceof SkippedInput)) throw e;
                return () -> protocol.malformed(e);
            }
        }

        @Override
        boolean isSkipping() {
            return skipping;
        }

        private @Nullable String readUntil(byte[] delimiter)
                throws IOException, InterruptedException {
            if (skipping) skipRest(delimiter);
            ByteBuffer bytes;
            try {
                byte[] line = connection.readUntil(delimiter, maxBytesWith(delimiter));
                bytes = ByteBuffer.wrap(line, 0, line.length - delimiter.length);
            } catch (MessageTooLongException e) {
                skipping = true;
                throw tooLong();
            } catch (IncompleteReadException e) { // a last line without delimiter, or the end
                if (e.received().length == 0) return null;
                if (e.received().length > format.maxBytes()) throw tooLong();
                if (format.unterminated() == LineFormat.Unterminated.REJECT) throw e;
                bytes = ByteBuffer.wrap(e.received());
            }
            return decode(bytes);
        }

        private String decode(ByteBuffer line) throws MalformedTextException {
            ByteBuffer rest = line.slice();
            try {
                return format.charset().newDecoder().decode(rest).toString();
            } catch (CharacterCodingException e) {
                return switch (format.malformed()) {
                    case REJECT -> throw malformed(rest.position(), e);
                    case REPLACE -> format.charset().decode(line).toString();
                    case LATIN_1 -> StandardCharsets.ISO_8859_1.decode(line).toString();
                };
            }
        }

        private MalformedTextException malformed(int at, CharacterCodingException cause) {
            var named =
                    new MalformedTextException(connection.remoteAddress(), at, format.charset());
            named.initCause(cause);
            return named;
        }

        private int maxBytesWith(byte[] delimiter) {
            return format.maxBytes() + delimiter.length;
        }

        private LineTooLongException tooLong() {
            return new LineTooLongException(connection.remoteAddress(), format.maxBytes());
        }

        /** Skips to behind the delimiter, or to the end of the input. */
        private void skipRest(byte[] delimiter) throws IOException, InterruptedException {
            int max = maxBytesWith(delimiter);
            while (skipping) {
                try {
                    connection.readUntil(delimiter, max);
                    skipping = false;
                } catch (MessageTooLongException e) {
                    connection.readExactly(
                            max - delimiter.length + 1); // a delimiter may start in the rest
                } catch (IncompleteReadException e) {
                    skipping = false;
                }
            }
        }
    }
}
