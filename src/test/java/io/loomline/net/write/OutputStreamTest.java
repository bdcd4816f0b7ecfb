package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.Task;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The output as a stream. */
@ParameterizedClass
@EnumSource(Medium.class)
class OutputStreamTest extends LinkFixture {
    private OutputStream stream;

    @BeforeEach
    void openStream() {
        stream = link.here().outputStream();
    }

    @Test
    void bytesAndRangesArriveInOrder() throws Exception {
        var line = Call.of(link.there()::readLine);
        stream.write('a');
        stream.write("xbcx".getBytes(StandardCharsets.UTF_8), 1, 2);
        stream.write(new byte[0]);
        link.here().write("d");
        stream.write(0x100 + '\n'); // only the low byte counts
        assertEquals("abcd", line.result());
        assertEquals(5, link.here().bytesWritten());
    }

    @Test
    void writersOfTheJdkWriteToTheStream() throws Exception {
        var line = Call.of(link.there()::readLine);
        var writer =
                new OutputStreamWriter(new BufferedOutputStream(stream), StandardCharsets.UTF_8);
        writer.write("gr\u00fc\u00dfe\n");
        writer.flush();
        assertEquals("gr\u00fc\u00dfe", line.result());
    }

    @Test
    void closeOfTheStreamSendsBufferedBytesAndClosesTheConnection() throws Exception {
        var peer = Call.of(link.there()::readLine);
        try (var buffered = new BufferedOutputStream(stream)) {
            buffered.write("bye".getBytes(StandardCharsets.UTF_8));
        }
        assertEquals("bye", peer.result());
        assertNull(link.there().readLine());
        assertFalse(link.here().isOpen());
        stream.close();
        assertThrows(ConnectionClosedException.class, () -> stream.write(1));
        assertThrows(ConnectionClosedException.class, () -> stream.flush());
    }

    @Test
    void cancelBecomesAnInterruptedIoExceptionAndKeepsTheStatus() throws Exception {
        var writer =
                Call.of(() -> {
                    var e =
                            assertThrows(
                                    InterruptedIOException.class,
                                    () -> stream.write(new byte[medium.cloggingBytes()]));
                    assertTrue(Thread.currentThread().isInterrupted());
                    assertThrows(InterruptedException.class, Task::checkCancelled);
                    return e.bytesTransferred;
                });
        writer.awaitIn("awaitWritable").cancel();
        int sentBytes = writer.result();
        assertEquals(link.here().bytesWritten(), sentBytes);
    }

    @Test
    void interruptOutsideATaskKeepsTheStatus() throws Exception {
        Thread.currentThread().interrupt();
        try {
            assertThrows(InterruptedIOException.class, () -> stream.write(1));
            assertTrue(Thread.currentThread().isInterrupted());
            assertThrows(InterruptedIOException.class, () -> stream.flush());
        } finally {
            assertTrue(Thread.interrupted());
        }
        assertEquals(0, link.here().bytesWritten());
    }

    @Test
    void flushSendsBufferedBytes() throws Exception {
        var channel = FakeChannel.bringing("one\ntwo\n".getBytes(StandardCharsets.UTF_8));
        try (var connection = Connection.over(channel, new ManualClock())) {
            connection.readLine();
            connection.outputStream().write("answer".getBytes(StandardCharsets.UTF_8));
            connection.outputStream().flush();
            assertEquals(List.of("answer"), channel.writes());
        }
    }

    @Test
    void rangeOutsideTheArrayIsRefused() {
        assertThrows(IndexOutOfBoundsException.class, () -> stream.write(new byte[3], 2, 2));
    }

    @Test
    void lostConnectionThrowsAnIoException() throws Exception {
        link.there().abort();
        assertThrows(
                IOException.class,
                () -> {
                    while (true) stream.write(new byte[1000]);
                });
    }
}
