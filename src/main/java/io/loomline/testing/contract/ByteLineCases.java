package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loomline.net.Connection;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.LineTooLongException;
import io.loomline.testing.ConnectionPair;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Lines as bytes: they arrive as written, and a read that throws leaves its target unchanged. */
final class ByteLineCases {
    private static final int TARGET_BYTES = 300;

    private static final byte[] LINE = line();

    private ByteLineCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                over(source, "every line of bytes gets its answer", ByteLineCases::echoed),
                over(source, "a line longer than its target is skipped", ByteLineCases::skipped),
                over(source, "an interrupted line of bytes loses no byte", ByteLineCases::cut),
                over(source, "close wakes the reader of a line of bytes", ByteLineCases::closed));
    }

    /** A line with all bytes that a line can have. */
    private static byte[] line() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) i;
        for (int each : new int[] {'\r', '\n', 0}) bytes[each] = 'x';
        return bytes;
    }

    private static byte[] taken(ByteBuffer target) {
        byte[] bytes = new byte[target.flip().remaining()];
        target.get(bytes);
        return bytes;
    }

    private static void echoLines(Connection connection) throws Exception {
        ByteBuffer line = ByteBuffer.allocate(TARGET_BYTES);
        while (connection.readLineInto(line.clear()) >= 0) connection.writeLineBytes(line.flip());
        connection.shutdownOutput();
    }

    private static void echoed(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("echo", () -> echoLines(pair.second()));
        threads.start(
                "writer",
                () -> {
                    for (int length = 0; length <= LINE.length; length++) {
                        pair.first().writeLineBytes(ByteBuffer.wrap(LINE, 0, length));
                    }
                    pair.first().shutdownOutput();
                });
        for (int length = 0; length <= LINE.length; length++) {
            byte[] line = Objects.requireNonNull(pair.first().readLineBytes(), "a line");
            Expect.bytes(Arrays.copyOf(LINE, length), line, "the line");
        }
        Expect.equal(null, pair.first().readLineBytes(), "the end");
    }

    private static void skipped(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> pair.first().write("short\n" + "x".repeat(500) + "\nnext\n"));
        ByteBuffer target = ByteBuffer.allocate(TARGET_BYTES);
        Expect.equal(5, pair.second().readLineInto(target), "bytes in the line");
        Expect.throwing(
                LineTooLongException.class,
                "a line longer than the target",
                () -> pair.second().readLineInto(target));
        Expect.equal(5, target.position(), "bytes in the target");
        Expect.equal("next", pair.second().readLine(), "the next line");
    }

    private static void cut(ConnectionPair pair, CaseThreads threads) throws Exception {
        ByteBuffer target = ByteBuffer.allocate(TARGET_BYTES);
        threads.start("writer", () -> pair.first().write("half a "));
        var reader =
                threads.start(
                                "reader",
                                () ->
                                        Expect.throwing(
                                                InterruptedException.class,
                                                "a cut read",
                                                () -> pair.second().readLineInto(target)))
                        .awaitWaiting();
        reader.thread().interrupt();
        reader.join();
        Expect.equal(0, target.position(), "bytes in the target");
        Expect.equal(0L, pair.second().bytesRead(), "bytes read");
        threads.start("writer", () -> pair.first().write("line\n"));
        Expect.equal(11, pair.second().readLineInto(target), "bytes in the line");
        Expect.bytes("half a line".getBytes(US_ASCII), taken(target), "the line");
    }

    private static void closed(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("peer", () -> pair.second().readLine()); // takes the last message of TLS
        Class<ConnectionClosedException> expected = ConnectionClosedException.class;
        ByteBuffer target = ByteBuffer.allocate(TARGET_BYTES);
        var reader =
                threads.start(
                                "reader",
                                () ->
                                        Expect.throwing(
                                                expected,
                                                "readLineInto",
                                                () -> pair.first().readLineInto(target)))
                        .awaitWaiting();
        pair.first().close();
        reader.join();
        Expect.throwing(expected, "readLineBytes", pair.first()::readLineBytes);
        Expect.throwingVoid(
                expected,
                "writeLineBytes",
                () -> pair.first().writeLineBytes(ByteBuffer.wrap(LINE)));
        Expect.equal(0, target.position(), "bytes in the target");
    }
}
