package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
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

/** Output that has ended, while input goes on. */
@ParameterizedClass
@EnumSource(Medium.class)
class HalfCloseTest {
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
    void peerReadsWhatWasWrittenThenTheEndAndAnswers() throws Exception {
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
    void endingTwiceIsEndingOnce() throws Exception {
        for (int i = 0; i < 3; i++) link.here().shutdownOutput();
        assertNull(link.there().readLine());
        assertTrue(link.here().isOpen());
    }

    @Test
    void writeAfterTheEndIsRefusedAndSaysWhy() throws Exception {
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
    void endComesBehindWhatWaitsInTheBuffer() throws Exception {
        link.feed("a\nb\n"); // while b is here, answers wait
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
    void endThatWaitsForThePeerCanBeCutAndTriedAgain() throws Exception {
        var writer = Call.running(() -> writeForEver(link.here()));
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

    private static void writeForEver(Connection connection) throws Exception {
        while (true) connection.write(new byte[10_000]);
    }

    @Test
    void readerThatIsBlockedGetsTheEndOfThePeersOutput() throws Exception {
        var reader = Call.of(link.here()::readLine).awaitIn("awaitReadable");
        link.there().shutdownOutput();
        assertNull(reader.result());
    }

    @Test
    void closeOfThePeerIsTheEndToo() throws Exception {
        var reader = Call.of(link.here()::readLine).awaitIn("awaitReadable");
        link.there().close();
        assertNull(reader.result());
        assertNull(link.here().readLine());
        assertTrue(link.here().isOpen());
    }
}
