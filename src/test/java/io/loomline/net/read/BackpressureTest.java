package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;

/** A peer that does not read holds back who writes to it, and nobody else. */
@ParameterizedClass
@EnumSource(Medium.class)
class BackpressureTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    private Link link;

    @BeforeEach
    void open() {
        link = medium.open();
    }

    @AfterEach
    void close() {
        link.close();
    }

    @Test
    void writerWaitsForThePeerAndThenGoesOn() throws Exception {
        int length = medium == Medium.ONE_BYTE ? 10_000 : medium.cloggingBytes();
        var writer = Call.running(() -> link.here().write(new byte[length]));
        writer.awaitIn("awaitWritable");
        assertEquals(length, link.there().readExactly(length).length);
        writer.result();
        assertEquals(length, link.here().bytesWritten());
    }

    @Test
    void readerIsNotHeldBackByCloggedOutput() throws Exception {
        var writer = Call.running(() -> link.here().write(new byte[medium.cloggingBytes()]));
        writer.awaitIn("awaitWritable");
        var reader = Call.of(link.here()::readLine).awaitIn("awaitReadable");
        link.there().writeLine("still there");
        assertEquals("still there", reader.result());
        assertFalse(writer.isDone());
    }

    @Test
    void bytesThatACutWriteLeftDoNotHoldBackTheReaderEither() throws Exception {
        clogWithSmallWrites();
        var reader = Call.of(link.here()::readLine).awaitIn("awaitReadable");
        link.there().writeLine("still there");
        assertEquals("still there", reader.result());
    }

    @Test
    void writerIsToldWhenThePeerIsGone() throws Exception {
        var writer = Call.running(() -> link.here().write(new byte[medium.cloggingBytes()]));
        writer.awaitIn("awaitWritable");
        link.there().abort();
        var e = writer.failure(IOException.class);
        assertFalse(e instanceof ConnectionClosedException, e::toString);
    }

    @Test
    void writesToAPeerThatIsGoneFailAndGoOnFailing() throws Exception {
        link.there().abort();
        var writer =
                Call.running(() -> {
                    while (true) link.here().write(new byte[1000]);
                });
        writer.failure(IOException.class);
        for (int i = 0; i < 3; i++) {
            Call.running(() -> link.here().write(new byte[1])).failure(IOException.class);
        }
        assertTrue(link.here().isOpen());
    }

    /** The last of them is in our own buffer, and its writer was cancelled. */
    private void clogWithSmallWrites() throws Exception {
        var writer =
                Call.running(() -> {
                    while (true) link.here().write(new byte[10_000]);
                });
        writer.awaitIn("awaitWritable");
        writer.cancel();
        assertTrue(writer.wasCancelled());
    }
}
