package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;

/** A peer that does not read holds back the writers of its connection, and no other thread. */
@ParameterizedClass
@EnumSource(Medium.class)
class BackpressureTest extends LinkFixture {
    @Test
    void writerWaitsForThePeerAndThenContinues() throws Exception {
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
    void bytesLeftByACancelledWriteDoNotHoldBackTheReader() throws Exception {
        clogWithSmallWrites();
        var reader = Call.of(link.here()::readLine).awaitIn("awaitReadable");
        link.there().writeLine("still there");
        assertEquals("still there", reader.result());
    }

    @Test
    void blockedWriterFailsWhenThePeerIsGone() throws Exception {
        var writer = Call.running(() -> link.here().write(new byte[medium.cloggingBytes()]));
        writer.awaitIn("awaitWritable");
        link.there().abort();
        var e = writer.failure(IOException.class);
        assertFalse(e instanceof ConnectionClosedException, e::toString);
    }

    @Test
    void writesToAPeerThatIsGoneKeepFailing() throws Exception {
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

    /** The last write stays in the connection's buffer, and its writer was cancelled. */
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
