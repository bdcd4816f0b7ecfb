package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;

/** The output has ended while the input continues. */
@ParameterizedClass
@EnumSource(Medium.class)
class HalfCloseTest extends LinkFixture {
    @Test
    void peerReadsAllBytesThenTheEndAndAnswers() throws Exception {
        var peer = link.feed("question\n");
        assertEquals("question", link.here().readLine());
        assertNull(link.here().readLine());
        peer.result();
        var answering = Call.running(() -> link.here().writeLine("answer"));
        assertEquals("answer", link.there().readLine());
        answering.result();
        link.here().shutdownOutput();
        assertNull(link.there().readLine());
    }

    @Test
    void furtherShutdownsHaveNoEffect() throws Exception {
        for (int i = 0; i < 3; i++) link.here().shutdownOutput();
        assertNull(link.there().readLine());
        assertTrue(link.here().isOpen());
    }

    @Test
    void writeAfterAShutdownNamesTheReason() throws Exception {
        link.here().shutdownOutput();
        for (int i = 0; i < 2; i++) {
            var e = assertThrows(IOException.class, () -> link.here().write("more"));
            assertFalse(e instanceof ConnectionClosedException, e::toString);
            assertTrue(e.getMessage().contains("shut down"), e::toString);
            assertTrue(e.getMessage().contains("" + link.here().remoteAddress()), e::toString);
        }
        assertThrows(IOException.class, () -> link.here().write(new byte[0]));
        assertThrows(IOException.class, () -> link.here().writeLine(""));
        assertThrows(IOException.class, () -> link.here().write(new byte[200_000]));
    }

    @Test
    void endFollowsBufferedBytes() throws Exception {
        link.feed("a\nb\n"); // answers stay in the buffer while b is unread
        assertEquals("a", link.here().readLine());
        var ending =
                Call.running(() -> {
                    link.here().writeLine("A");
                    link.here().shutdownOutput();
                });
        assertEquals("A", link.there().readLine());
        assertNull(link.there().readLine());
        ending.result();
    }

    @Test
    void cancelledShutdownCanBeRetried() throws Exception {
        var writer = Call.running(() -> writeUntilCancelled(link.here()));
        writer.awaitIn("awaitWritable");
        writer.cancel();
        assertTrue(writer.wasCancelled());
        var ending = Call.running(link.here()::shutdownOutput).awaitIn("shutdownOutput");
        ending.cancel();
        assertTrue(ending.wasCancelled());
        if (medium == Medium.ONE_BYTE) return; // the rest would take long
        var again = Call.running(link.here()::shutdownOutput);
        byte[] target = new byte[100_000];
        long read = 0;
        for (int n; (n = link.there().read(target, 0, target.length)) >= 0; ) read += n;
        again.result();
        assertEquals(link.here().bytesWritten(), read);
    }

    private static void writeUntilCancelled(Connection connection) throws Exception {
        while (true) connection.write(new byte[10_000]);
    }

    @Test
    void blockedReaderGetsTheEndOfThePeersOutput() throws Exception {
        var reader = Call.of(link.here()::readLine).awaitIn("awaitReadable");
        link.there().shutdownOutput();
        assertNull(reader.result());
    }

    @Test
    void closeOfThePeerIsTheEndOfTheInput() throws Exception {
        var reader = Call.of(link.here()::readLine).awaitIn("awaitReadable");
        link.there().close();
        assertNull(reader.result());
        assertNull(link.here().readLine());
        assertTrue(link.here().isOpen());
    }
}
