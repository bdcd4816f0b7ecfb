package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** The bytes of each write, small or large, stay together when several threads write. */
@ParameterizedClass
@EnumSource(Medium.class)
class ConcurrentWritesTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int WRITERS = 6;
    private static final int WRITES = 20;

    /** A message: its letter, its length, and the letter repeated. */
    private static final int HEADER_BYTES = 1 + Integer.BYTES;

    @Parameter Medium medium;

    @Test
    void bytesOfEachConcurrentWriteStayTogether() throws Exception {
        try (Link link = medium.open()) {
            List<Call<Boolean>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                byte letter = (byte) ('a' + i);
                writers.add(Call.running(() -> writeMessages(link.here(), letter)));
            }
            for (int i = 0; i < WRITERS * WRITES; i++) readMessage(link.there());
            for (var writer : writers) writer.result();
        }
    }

    @Test
    void bytesOfEachBlockedWriteStayTogether() throws Exception {
        try (Link link = medium.open()) {
            List<Call<Boolean>> writers = new ArrayList<>();
            writers.add(
                    Call.running(
                            () -> link.here().write(message((byte) 'A', medium.cloggingBytes()))));
            writers.getFirst().awaitIn("awaitWritable");
            for (int i = 0; i < WRITERS; i++) {
                byte letter = (byte) ('a' + i);
                writers.add(Call.running(() -> link.here().write(message(letter, 10_000))));
                writers.getLast().awaitIn("lock");
            }
            if (medium == Medium.ONE_BYTE) return; // would take too long
            for (int i = 0; i <= WRITERS; i++) readMessage(link.there());
            for (var writer : writers) writer.result();
        }
    }

    private void writeMessages(Connection connection, byte letter) throws Exception {
        var random = new Random(letter);
        int mostBytes = medium == Medium.ONE_BYTE ? 100 : 150_000;
        for (int i = 0; i < WRITES; i++) {
            connection.write(message(letter, random.nextInt(mostBytes)));
        }
    }

    private static byte[] message(byte letter, int length) {
        byte[] message = new byte[HEADER_BYTES + length];
        Arrays.fill(message, letter);
        ByteBuffer.wrap(message).put(letter).putInt(length);
        return message;
    }

    private static void readMessage(Connection connection) throws Exception {
        ByteBuffer header = ByteBuffer.wrap(connection.readExactly(HEADER_BYTES));
        byte[] expected = message(header.get(), header.getInt());
        byte[] rest = connection.readExactly(expected.length - HEADER_BYTES);
        assertEquals(
                -1,
                Arrays.mismatch(rest, Arrays.copyOfRange(expected, HEADER_BYTES, expected.length)));
    }
}
