package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.net.Connection;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.FrameFormat.Length;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.stream.MessageTooLongException;
import io.loomline.testing.ConnectionPair;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Lines of any ending, frames with a header, bodies of known length, and budgets. */
final class MessageCases {
    private static final LineFormat ANY = LineFormat.DEFAULT.withEnding(Ending.ANY);

    /** As in MQTT. */
    private static final FrameFormat FRAMES =
            FrameFormat.DEFAULT.withLength(Length.VARINT).withMaxLengthBytes(4).withHeaderBytes(1);

    private static final int FRAME_BYTES = 500;
    private static final int INTERRUPTS = 20;
    private static final long NO_BOUND = Long.MAX_VALUE;

    private MessageCases() {}

    static List<ContractCase> of(ConnectionPair.Source source) {
        return List.of(
                over(source, "a line of any ending ends at once", MessageCases::anyEnding),
                over(source, "a required line is there, or throws", MessageCases::requiredLine),
                over(source, "frames with a header arrive as written", MessageCases::frames),
                over(source, "an interrupted frame loses no byte", MessageCases::cutFrame),
                over(source, "a body ends after its length", MessageCases::body),
                over(source, "closing a body skips its rest", MessageCases::closedBody),
                over(source, "a large rest of a body ends the input", MessageCases::refusedBody),
                over(source, "a body that is cut throws", MessageCases::cutBody),
                over(source, "skipped bytes are not read", MessageCases::skipped),
                over(source, "a budget ends with its bytes", MessageCases::budget),
                over(source, "close wakes the readers of messages", MessageCases::closeWakes),
                over(source, "abort wakes the readers of messages", MessageCases::abortWakes));
    }

    private static void anyEnding(ConnectionPair pair, CaseThreads threads) throws Exception {
        pair.second().lineFormat(ANY);
        String[] ends = {"\n", "\r\n", "\n\r", "\r"};
        threads.start(
                "writer",
                () -> {
                    for (String end : ends) pair.first().write("line" + end);
                });
        for (String _ : ends) Expect.equal("line", pair.second().readLine(), "the line");
        threads.start("writer", () -> pair.first().write("\nbody"));
        Expect.bytes(
                "body".getBytes(StandardCharsets.US_ASCII),
                pair.second().readExactly(4),
                "the bytes after the second half");
    }

    private static void requiredLine(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start(
                "writer",
                () -> {
                    pair.first().writeLine("line");
                    pair.first().shutdownOutput();
                });
        Expect.equal("line", pair.second().requireLine(), "the line");
        Expect.throwing(
                IncompleteReadException.class, "the end", () -> pair.second().requireLine());
    }

    private static byte[] frame(int bytes) {
        return ChannelIo.pattern(bytes, bytes);
    }

    private static void frames(ConnectionPair pair, CaseThreads threads) throws Exception {
        int[] sizes = {1, 2, 128, 129, 2_000};
        threads.start(
                "writer",
                () -> {
                    for (int size : sizes) pair.first().writeFrame(FRAMES, frame(size));
                    pair.first().shutdownOutput();
                });
        for (int size : sizes) {
            Expect.bytes(frame(size), pair.second().requireFrame(FRAMES), "the frame");
        }
        Expect.equal(null, pair.second().readFrame(FRAMES), "the end");
        Expect.throwing(
                IncompleteReadException.class, "the end", () -> pair.second().requireFrame(FRAMES));
    }

    private static void cutFrame(ConnectionPair pair, CaseThreads threads) throws Exception {
        byte[] frame = frame(FRAME_BYTES);
        byte[] encoded = FRAMES.encode(frame);
        var interrupted = new CountDownLatch(1);
        threads.start(
                "writer",
                () -> {
                    for (byte each : Arrays.copyOf(encoded, encoded.length - 1)) {
                        pair.first().write(new byte[] {each});
                    }
                    interrupted.await();
                    pair.first().write(new byte[] {encoded[encoded.length - 1]});
                });
        for (int i = 0; i < INTERRUPTS; i++) {
            requireInterrupted(threads, () -> pair.second().requireFrame(FRAMES));
        }
        Expect.equal(0L, pair.second().bytesRead(), "bytes read");
        interrupted.countDown();
        Expect.bytes(frame, pair.second().requireFrame(FRAMES), "the frame");
    }

    private static void requireInterrupted(CaseThreads threads, CaseThreads.Job read)
            throws Exception {
        var reader =
                threads.start(
                                "reader",
                                () ->
                                        Expect.throwingVoid(
                                                InterruptedException.class, "a cut read", read))
                        .awaitWaiting();
        reader.thread().interrupt();
        reader.join();
    }

    private static void body(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> pair.first().write("POST\n" + "x".repeat(500) + "next\n"));
        Expect.equal("POST", pair.second().readLine(), "the head");
        InputStream body = pair.second().inputStream(500);
        Expect.equal("x".repeat(500), text(body.readAllBytes()), "the body");
        Expect.equal(-1, body.read(), "the byte after the body");
        Expect.equal("next", pair.second().readLine(), "the next line");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static void closedBody(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> pair.first().write("x".repeat(500) + "next\n"));
        InputStream body = pair.second().inputStream(500);
        Expect.equal((int) 'x', body.read(), "the first byte");
        body.close();
        body.close();
        Expect.throwing(IOException.class, "a read of a closed body", body::read);
        Expect.equal("next", pair.second().readLine(), "the next line");
    }

    private static void refusedBody(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> pair.first().write("x".repeat(500)));
        try (var body = pair.second().inputStream(Long.MAX_VALUE)) {
            Expect.equal((int) 'x', body.read(), "the first byte");
        }
        Expect.throwing(
                ConnectionClosedException.class, "a read after it", pair.second()::readLine);
        threads.start(
                "refuser",
                () -> {
                    pair.second().writeLine("refused");
                    pair.second().close();
                });
        Expect.equal("refused", pair.first().readLine(), "the answer");
        Expect.equal(null, pair.first().readLine(), "the end");
    }

    private static void cutBody(ConnectionPair pair, CaseThreads threads) throws Exception {
        InputStream body = pair.second().inputStream(5);
        var reader =
                threads.start(
                                "reader",
                                () -> {
                                    Expect.throwingVoid(
                                            InterruptedIOException.class, "close", body::close);
                                    Expect.equal(true, Thread.interrupted(), "the status");
                                })
                        .awaitWaiting();
        reader.thread().interrupt();
        reader.join();
        threads.start(
                "writer",
                () -> {
                    pair.first().write("four");
                    pair.first().shutdownOutput();
                });
        Expect.throwingVoid(IncompleteReadException.class, "the end of the body", body::close);
        Expect.equal(4L, pair.second().bytesRead(), "bytes read");
    }

    private static void skipped(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start(
                "writer",
                () -> {
                    pair.first().write("x".repeat(2_000) + "next\n");
                    pair.first().shutdownOutput();
                });
        pair.second().skipFully(2_000);
        Expect.equal("next", pair.second().readLine(), "the next line");
        pair.second().skipFully(0);
        Expect.throwingVoid(
                IncompleteReadException.class, "the end", () -> pair.second().skipFully(1));
    }

    private static void budget(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> pair.first().write("one\ntwo\n" + "x".repeat(100) + "\n"));
        Connection reader = pair.second();
        try (var _ = reader.budget(Limits.NO_LIMIT, 30)) {
            Expect.throwing(
                    IllegalStateException.class,
                    "a second budget",
                    () -> reader.budget(Limits.NO_LIMIT, NO_BOUND));
            Expect.equal("one", reader.readLine(), "the first line");
            Expect.equal("two", reader.readLine(), "the second line");
            Expect.throwing(MessageTooLongException.class, "a long line", reader::readLine);
            Expect.throwing(MessageTooLongException.class, "a long line", reader::readLine);
        }
        try (var _ = reader.budget(Limits.NO_LIMIT, NO_BOUND)) {
            Expect.equal("x".repeat(100), reader.readLine(), "the line after the budget");
        }
    }

    private static void closeWakes(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("peer", () -> pair.second().readLine()); // takes the last message of TLS
        requireWoken(threads, pair.first(), pair.first()::close);
    }

    private static void abortWakes(ConnectionPair pair, CaseThreads threads) throws Exception {
        requireWoken(threads, pair.first(), pair.first()::abort);
    }

    /** One reader waits in a frame; the others come too late. */
    private static void requireWoken(
            CaseThreads threads, Connection closed, CaseThreads.Job closing) throws Exception {
        Class<ConnectionClosedException> expected = ConnectionClosedException.class;
        var reader =
                threads.start(
                                "reader",
                                () ->
                                        Expect.throwing(
                                                expected,
                                                "readFrame",
                                                () -> closed.readFrame(FRAMES)))
                        .awaitWaiting();
        closing.run();
        reader.join();
        Expect.throwing(expected, "requireLine", closed::requireLine);
        Expect.throwing(expected, "requireFrame", () -> closed.requireFrame(FRAMES));
        Expect.throwingVoid(expected, "skipFully", () -> closed.skipFully(1));
        Expect.throwing(expected, "read of a body", closed.inputStream(1)::read);
        Expect.throwingVoid(expected, "close of a body", closed.inputStream(1)::close);
    }
}
