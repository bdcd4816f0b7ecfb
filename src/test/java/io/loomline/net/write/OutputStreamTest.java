package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.Task;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The output in the terms of {@code java.io}. */
@ParameterizedClass
@EnumSource(Medium.class)
class OutputStreamTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    private Link link;
    private OutputStream stream;

    @BeforeEach
    void open() {
        link = medium.open();
        stream = link.here().outputStream();
    }

    @AfterEach
    void close() {
        link.close();
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
    void writersOfTheJdkStandOnIt() throws Exception {
        var line = Call.of(link.there()::readLine);
        var writer =
                new OutputStreamWriter(new BufferedOutputStream(stream), StandardCharsets.UTF_8);
        writer.write("gr\u00fc\u00dfe\n");
        writer.flush();
        assertEquals("gr\u00fc\u00dfe", line.result());
    }

    @Test
    void closeSendsWhatIsThereAndClosesTheConnection() throws Exception {
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
    void cancelIsAnInterruptedIoExceptionAndTheStatusStays() throws Exception {
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
    void interruptOfAThreadThatIsNoTaskStaysToo() throws Exception {
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
    void flushSendsWhatWaitsForMore() throws Exception {
        var channel = FakeChannel.bringing("one\ntwo\n".getBytes(StandardCharsets.UTF_8));
        try (var connection = Connection.over(channel, new ManualClock())) {
            connection.readLine();
            connection.outputStream().write("answer".getBytes(StandardCharsets.UTF_8));
            connection.outputStream().flush();
            assertEquals(List.of("answer"), channel.writes());
        }
    }

    @Test
    void rangeIsChecked() {
        assertThrows(IndexOutOfBoundsException.class, () -> stream.write(new byte[3], 2, 2));
    }

    @Test
    void lossIsAnIoException() throws Exception {
        link.there().abort();
        assertThrows(
                IOException.class,
                () -> {
                    while (true) stream.write(new byte[1000]);
                });
    }
}
