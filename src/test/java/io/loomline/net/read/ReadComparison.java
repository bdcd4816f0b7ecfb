package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.net.Connection;
import io.loomline.net.ReadBudget;
import io.loomline.net.read.ReadScript.Read;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.Limits;
import io.loomline.stream.LineTooLongException;
import io.loomline.stream.MessageTooLongException;
import io.loomline.task.SystemClock;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;

/** Runs the reads of a script on a connection and on the reference, and compares the results. */
public final class ReadComparison {
    /** Some reads consume nothing, possibly all of a script. */
    private static final int MOST_READS = 60;

    /** Some reads after the end, which must report it again. */
    private static final int READS_AT_END = 3;

    /** The target of reads. Comparisons run on one thread. */
    private static final ByteBuffer TARGET =
            ByteBuffer.allocateDirect(ReadScript.MOST_TARGET_BYTES);

    /** A read of either side. */
    private interface Reading {
        String read() throws IOException, InterruptedException;
    }

    private final ReadScript script;
    private final Connection connection;
    private final NaiveReader naive;
    private @Nullable ReadBudget budget;

    public ReadComparison(ReadScript script) {
        this.script = script;
        connection =
                Connection.over(new CutChannel(script.pieces, script.cuts()), SystemClock.INSTANCE)
                        .lineFormat(script.format)
                        .limits(Limits.NONE.withBufferBytes(script.bufferBytes));
        naive = new NaiveReader(script.bytes, script.format);
    }

    public void run() throws Exception {
        int atEnd = 0;
        int reads = 0;
        while (atEnd < READS_AT_END && reads++ < MOST_READS) {
            if (naive.left() == 0) atEnd++;
            if (script.nextChangesBudget()) changeBudget();
            compareNext(script.nextRead());
        }
    }

    private void changeBudget() {
        ReadBudget open = budget;
        if (open != null) {
            open.close();
            naive.closeBudget();
        }
        boolean opens = open == null || script.nextReplacesBudget();
        long most = opens ? script.nextBudgetBytes() : 0;
        budget = opens ? connection.budget(Limits.NO_LIMIT, most) : null;
        if (opens) naive.budget(most);
    }

    private void compareNext(Read read) throws Exception {
        int length = script.nextLength();
        switch (read) {
            case LINE -> same(naive.line(), ReadComparison::line);
            case LINE_BYTES -> same(naive.lineInto(Integer.MAX_VALUE), ReadComparison::lineBytes);
            case LINE_INTO -> lineInto(script.nextTargetBytes());
            case EXACTLY -> same(naive.exactly(length), c -> text(c.readExactly(length)));
            case PEEK -> same(naive.peek(length), c -> text(c.peek(length)));
            case ALL -> same(naive.all(length), c -> text(c.readAll(length)));
            case UNTIL -> until(script.nextDelimiter(), length);
            case FRAME -> frame(script.nextFormat());
            case BYTES -> takes(script.nextTargetBytes(), this::readArray);
            case BUFFER -> takes(script.nextTargetBytes(), this::readBuffer);
            case SOME -> takes(length, n -> n == 0 ? new byte[0] : connection.read(n));
            case SKIP -> drops(length, connection::skip);
            case STREAM_SKIP -> drops(length, n -> connection.inputStream().skip(n));
            case STREAM_BYTE -> takes(1, _ -> oneByte());
        }
    }

    private interface OfConnection {
        String read(Connection connection) throws IOException, InterruptedException;
    }

    private void same(String expected, OfConnection reading) throws Exception {
        assertEquals(expected, outcome(() -> uncut(() -> reading.read(connection))));
    }

    private static String line(Connection connection) throws IOException, InterruptedException {
        String line = connection.readLine();
        return line == null ? "(end)" : "line " + line;
    }

    private static String lineBytes(Connection connection)
            throws IOException, InterruptedException {
        byte[] line = connection.readLineBytes();
        return line == null ? "(end)" : "line " + text(line);
    }

    private void lineInto(int spaceBytes) throws Exception {
        same(naive.lineInto(spaceBytes), c -> lineInto(c, TARGET.clear().limit(spaceBytes)));
    }

    private static String lineInto(Connection connection, ByteBuffer target)
            throws IOException, InterruptedException {
        int length = 0;
        try {
            length = connection.readLineInto(target);
        } finally {
            assertEquals(Math.max(0, length), target.position());
        }
        byte[] line = new byte[target.flip().remaining()];
        target.get(line);
        return length < 0 ? "(end)" : "line " + text(line);
    }

    private void until(byte[] delimiter, int length) throws Exception {
        int most = Math.max(delimiter.length, length);
        same(naive.until(delimiter, most), c -> text(c.readUntil(delimiter, most)));
    }

    private void frame(FrameFormat format) throws Exception {
        same(
                naive.frame(format),
                c -> {
                    byte[] frame = c.readFrame(format);
                    return frame == null ? "(end)" : text(frame);
                });
    }

    private interface Taking {
        byte[] take(int most) throws IOException, InterruptedException;
    }

    /** A read of available bytes may take fewer than there are, but at least one. */
    private void takes(int most, Taking taking) throws Exception {
        if (most > 0 && !naive.allowsReading()) {
            same("(too long)", _ -> text(taking.take(most)));
            return;
        }
        byte[] taken = uncut(() -> taking.take(most));
        assertEquals(most > 0 && naive.visible() > 0, taken.length > 0);
        assertEquals(naive.taken(taken.length), text(taken));
    }

    private interface Dropping {
        long drop(long most) throws IOException, InterruptedException;
    }

    private void drops(int most, Dropping dropping) throws Exception {
        if (most > 0 && !naive.allowsReading()) {
            same("(too long)", _ -> "skipped " + dropping.drop(most));
            return;
        }
        long dropped = uncut(() -> dropping.drop(most));
        assertEquals(most > 0 && naive.visible() > 0, dropped > 0);
        naive.taken((int) dropped);
    }

    private byte[] readArray(int most) throws IOException, InterruptedException {
        byte[] target = new byte[most + 2];
        int count = connection.read(target, 1, most);
        return Arrays.copyOfRange(target, 1, 1 + Math.max(0, count));
    }

    private byte[] readBuffer(int most) throws IOException, InterruptedException {
        ByteBuffer target = TARGET.clear().limit(most);
        var _ = connection.read(target);
        byte[] taken = new byte[target.flip().remaining()];
        target.get(taken);
        return taken;
    }

    private byte[] oneByte() throws IOException {
        int read = connection.inputStream().read();
        return read < 0 ? new byte[0] : new byte[] {(byte) read};
    }

    private interface Cut<T> {
        T call() throws IOException, InterruptedException;
    }

    /** Calls again until no interrupt cuts the call: one that is cut has no effect. */
    private static <T> T uncut(Cut<T> call) throws IOException {
        while (true) {
            try {
                return call.call();
            } catch (InterruptedException | InterruptedIOException e) {
                Thread.interrupted();
            }
        }
    }

    private static String outcome(Reading reading) throws Exception {
        try {
            return reading.read();
        } catch (LineTooLongException | MessageTooLongException e) {
            return "(too long)";
        } catch (CharacterCodingException e) {
            return "(malformed)";
        } catch (IncompleteReadException e) {
            return "(incomplete " + text(e.received()) + ")";
        } catch (ProtocolException e) {
            return e.getMessage().contains("lone") ? "(alone)" : "(bad length)";
        }
    }

    private static String text(byte[] bytes) {
        return NaiveReader.text(bytes);
    }
}
