package io.loomline.protocol;

import io.loomline.net.Connection;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;
import io.loomline.stream.MessageTooLongException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** What a protocol receives: bytes, or lines by its format or its delimiter. */
abstract sealed class InputFeed {
    /** Bounds what one callback receives. */
    private static final int MOST_READ_BYTES = 64 * 1024;

    final Connection connection;

    private InputFeed(Connection connection) {
        this.connection = connection;
    }

    /** Asks the protocol for what it wants to know before it is connected. */
    static InputFeed of(Connection connection, Protocol protocol) {
        if (!(protocol instanceof LineProtocol lines)) return new OfBytes(connection, protocol);
        try {
            return new OfLines(connection, lines);
        } catch (Throwable e) {
            connection.abort();
            throw e;
        }
    }

    /** Waits for input; what to tell of it, or null at the end. */
    abstract @Nullable Callback next() throws IOException, InterruptedException;

    private static final class OfBytes extends InputFeed {
        private final Protocol protocol;

        OfBytes(Connection connection, Protocol protocol) {
            super(connection);
            this.protocol = protocol;
        }

        @Override
        @Nullable Callback next() throws IOException, InterruptedException {
            byte[] bytes = connection.read(MOST_READ_BYTES);
            return bytes.length == 0 ? null : () -> protocol.received(ByteBuffer.wrap(bytes));
        }
    }

    private static final class OfLines extends InputFeed {
        private final LineProtocol protocol;
        private final LineFormat format;

        /** Inside a line that was refused. */
        private boolean skipping;

        OfLines(Connection connection, LineProtocol protocol) {
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
            } catch (CharacterCodingException | ProtocolException e) {
                return () -> protocol.malformed(e);
            }
        }

        private @Nullable String readUntil(byte[] delimiter)
                throws IOException, InterruptedException {
            if (skipping) skipRest(delimiter);
            ByteBuffer bytes;
            try {
                byte[] line = connection.readUntil(delimiter, mostBytes(delimiter));
                bytes = ByteBuffer.wrap(line, 0, line.length - delimiter.length);
            } catch (MessageTooLongException e) {
                skipping = true;
                throw tooLong();
            } catch (IncompleteReadException e) { // what stands before the end, if anything does
                if (e.received().length == 0) return null;
                if (e.received().length > format.maxBytes()) throw tooLong();
                if (format.unterminated() == LineFormat.Unterminated.REJECT) throw e;
                bytes = ByteBuffer.wrap(e.received());
            }
            return format.charset().newDecoder().decode(bytes).toString();
        }

        private int mostBytes(byte[] delimiter) {
            return format.maxBytes() + delimiter.length;
        }

        private LineTooLongException tooLong() {
            return new LineTooLongException(connection.remoteAddress(), format.maxBytes());
        }

        /** Drops up to the delimiter, or the end of the input. */
        private void skipRest(byte[] delimiter) throws IOException, InterruptedException {
            int most = mostBytes(delimiter);
            while (skipping) {
                try {
                    connection.readUntil(delimiter, most);
                    skipping = false;
                } catch (MessageTooLongException e) {
                    connection.readExactly(most - delimiter.length + 1); // the rest may begin one
                } catch (IncompleteReadException e) {
                    skipping = false;
                }
            }
        }
    }
}
