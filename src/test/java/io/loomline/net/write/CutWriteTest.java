package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.net.Connection;
import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Cancelled writes: up to 64 KiB they are taken whole or not at all, larger ones break the output.
 */
@ParameterizedClass
@EnumSource(Medium.class)
class CutWriteTest extends LinkFixture {
    private static final int BUFFER_BYTES = 64 * 1024;

    @Test
    void takenSmallWriteReturnsAndTheNextOneThrows() throws Exception {
        var returned = new AtomicInteger();
        var writer =
                Call.running(() -> {
                    while (true) {
                        link.here().write(new byte[BUFFER_BYTES]);
                        returned.incrementAndGet();
                    }
                });
        writer.awaitIn("awaitWritable");
        int before = returned.get();
        writer.cancel();
        assertTrue(writer.wasCancelled());
        assertTrue(returned.get() > before, "the blocked write had taken effect");
        assertEquals((long) returned.get() * BUFFER_BYTES, link.here().bytesWritten());
    }

    @Test
    void smallWriteIntoAFullBufferIsNotTakenWhenCancelled() throws Exception {
        ByteBuffer bytes = cutAWriteOf(BUFFER_BYTES);
        long before = link.here().bytesWritten();
        assertEquals(BUFFER_BYTES, bytes.remaining());
        if (medium == Medium.ONE_BYTE) return; // the rest would take too long
        var next = Call.running(() -> link.here().writeLine("next"));
        assertEquals(before, link.there().readExactly((int) before).length);
        assertEquals("next", link.there().readLine());
        next.result();
    }

    @Test
    void writeCancelledBehindAnotherOneSendsNothing() throws Exception {
        var first = Call.running(() -> link.here().write(new byte[medium.cloggingBytes()]));
        first.awaitIn("awaitWritable");
        ByteBuffer bytes = ByteBuffer.allocate(4 * BUFFER_BYTES);
        var second = Call.running(() -> link.here().write(bytes)).awaitIn("lock");
        second.cancel();
        assertTrue(second.wasCancelled());
        assertEquals(4 * BUFFER_BYTES, bytes.remaining());
        assertFalse(first.isDone());
    }

    @Test
    void cancelledLargeWriteBreaksTheOutput() throws Exception {
        cutALargeWrite();
        for (int i = 0; i < 2; i++) {
            var e = assertThrows(IOException.class, () -> link.here().write("more"));
            assertFalse(e instanceof ConnectionClosedException, e::toString);
            assertTrue(e.getMessage().contains("cut"), e::toString);
            assertTrue(e.getMessage().contains("" + link.here().remoteAddress()), e::toString);
        }
        assertThrows(IOException.class, () -> link.here().flush());
        assertThrows(IOException.class, () -> link.here().shutdownOutput());
    }

    @Test
    void brokenOutputDoesNotEndTheInput() throws Exception {
        cutALargeWrite();
        link.feed("still readable\n");
        assertEquals("still readable", link.here().readLine());
        assertTrue(link.here().isOpen());
    }

    /** The peer must not take a part for the whole. */
    @Test
    void closeAfterACancelledLargeWriteIsAReset() throws Exception {
        assumeTrue(medium.tellsOfAnAbort(), "a Unix-domain socket has no reset");
        cutALargeWrite();
        link.here().close();
        assertThrows(IOException.class, () -> readAll(link.there()));
    }

    @Test
    void largeWriteCancelledBeforeItsFirstByteLeavesTheOutputUsable() throws Exception {
        cutAWriteOf(BUFFER_BYTES);
        ByteBuffer bytes = ByteBuffer.allocate(medium.cloggingBytes());
        if (!Call.running(() -> link.here().write(bytes)).cutIn("write")) return;
        boolean untouched = bytes.remaining() == bytes.capacity();
        var next = Call.running(() -> link.here().write("x"));
        if (untouched) assertTrue(next.cutIn("write") || next.result());
        else next.failure(IOException.class);
    }

    private void cutALargeWrite() throws Exception {
        if (medium == Medium.LOCK_STEP) {
            Call.of(() -> link.there().readExactly(1)).awaitIn("awaitReadable"); // receives a part
        }
        var writer = Call.running(() -> link.here().write(new byte[medium.cloggingBytes()]));
        writer.awaitIn("awaitWritable");
        writer.cancel();
        assertTrue(writer.wasCancelled());
    }

    /** Writes until a write blocks, and cancels it. Returns its source. */
    private ByteBuffer cutAWriteOf(int length) throws Exception {
        while (true) {
            ByteBuffer bytes = ByteBuffer.allocate(length);
            if (Call.running(() -> link.here().write(bytes)).cutIn("write")) return bytes;
        }
    }

    private static void readAll(Connection connection) throws Exception {
        ByteBuffer target = ByteBuffer.allocate(1 << 20);
        while (connection.read(target) >= 0) target.clear();
    }
}
