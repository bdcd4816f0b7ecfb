package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.tls.SecureLink.Kind;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/** The effects of closes over TLS on both sides. */
@ParameterizedClass
@EnumSource(Medium.class)
class TlsCloseTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int MOST_SPINS = 20_000;

    @Parameter Medium medium;

    private final Random random = new Random(3);

    private interface Case {
        void run(SecureLink link, Kind kind) throws Exception;
    }

    private void forEachKind(int rounds, Case rule) throws Exception {
        for (Kind kind : Kind.values()) {
            for (int round = 0; round < rounds; round++) {
                try (var link = SecureLink.open(medium, kind)) {
                    rule.run(link, kind);
                }
            }
        }
    }

    private static void spin(int turns) {
        for (int i = 0; i < turns; i++) Thread.onSpinWait();
    }

    /** Reads to a clean end; returns the number of bytes. */
    private static long readToTheEnd(Connection connection) throws Exception {
        long sum = 0;
        for (byte[] bytes; (bytes = connection.read(8_000)).length > 0; ) sum += bytes.length;
        return sum;
    }

    private static void writeUntilFailure(Connection connection) throws InterruptedException {
        try {
            while (true) connection.write("a line that nobody reads\n");
        } catch (IOException e) {
            // closed
        }
    }

    @Test
    void peerGetsAllDataAndACleanEnd() throws Exception {
        forEachKind(2, this::closeWhileThePeerWrites);
    }

    @Test
    @Tag("stress")
    void peerGetsAllDataAndACleanEndInManyRounds() throws Exception {
        forEachKind(150, this::closeWhileThePeerWrites);
    }

    /** The input of the closing side is unread: lines, and the session tickets of a server. */
    private void closeWhileThePeerWrites(SecureLink link, Kind kind) throws Exception {
        int length = 1 + random.nextInt(medium == Medium.ONE_BYTE ? 500 : 50_000);
        var writing = Call.running(() -> writeUntilFailure(link.there()));
        var closing =
                Call.running(() -> {
                    link.here().write(new byte[length]);
                    var other = Call.running(link.here()::close);
                    link.here().close();
                    other.result();
                });
        assertEquals(length, readToTheEnd(link.there()), "" + kind);
        link.there().close();
        closing.result();
        writing.result();
    }

    @Test
    void closesOfBothSidesAtOnceDoNotThrow() throws Exception {
        forEachKind(
                3,
                (link, _) -> {
                    var closing =
                            List.of(
                                    Call.running(link.here()::close),
                                    Call.running(link.here()::close),
                                    Call.running(link.there()::close));
                    spin(random.nextInt(MOST_SPINS));
                    link.there().close();
                    for (var each : closing) each.result();
                });
    }

    @Test
    void readerOfTheClosingSideNeverSeesAnEnd() throws Exception {
        forEachKind(3, this::closeUnderAReader);
    }

    @Test
    @Tag("stress")
    void readerOfTheClosingSideNeverSeesAnEndInManyRounds() throws Exception {
        forEachKind(200, this::closeUnderAReader);
    }

    private void closeUnderAReader(SecureLink link, Kind kind) throws Exception {
        var reading = Call.of(() -> readToTheEnd(link.here()));
        var peer =
                Call.running(() -> {
                    readToTheEnd(link.there());
                    link.there().close();
                });
        spin(random.nextInt(MOST_SPINS));
        link.here().close();
        reading.failure(ConnectionClosedException.class);
        peer.result();
    }

    /** A program may end when its last close has returned. */
    @Test
    void closeWaitsForAPeerThatReadsLater() throws Exception {
        forEachKind(
                1,
                (link, _) -> {
                    while (link.here().tryWrite(ByteBuffer.allocate(10_000)) > 0) {}
                    long written = link.here().bytesWritten();
                    var close = Call.running(link.here()::close).awaitIn("finish");
                    assertEquals(written, link.there().readAll(1 << 26).length);
                    close.result();
                });
    }

    @Test
    void closeEndsABlockedWrite() throws Exception {
        forEachKind(
                1,
                (link, _) -> {
                    var writing =
                            Call.running(() -> link.here().write(new byte[medium.cloggingBytes()]))
                                    .awaitIn("awaitWritable");
                    var closing = Call.running(link.here()::close);
                    writing.failure(ConnectionClosedException.class);
                    if (link.here().bytesWritten() > 0) {
                        assertThrows(IOException.class, () -> readToTheEnd(link.there()));
                    } else { // its session tickets are still in the way of a server
                        assertEquals(0, readToTheEnd(link.there()));
                    }
                    closing.result();
                });
    }

    @Test
    void abortIsAnError() throws Exception {
        forEachKind(
                2,
                (link, _) -> {
                    var reading = Call.of(() -> readToTheEnd(link.there()));
                    link.here().abort();
                    reading.failure(IOException.class);
                });
    }

    @Test
    void dataMayFollowTheEndOfThePeerInVersion3() throws Exception {
        forEachKind(
                1,
                (link, kind) -> {
                    var asking =
                            Call.running(() -> {
                                link.here().writeLine("question");
                                link.here().shutdownOutput();
                            });
                    assertEquals("question", link.there().readLine());
                    assertNull(link.there().readLine());
                    asking.result();
                    if (kind.allowsHalfClose()) requireAnswer(link);
                    else requireNoAnswer(link);
                });
    }

    private static void requireAnswer(SecureLink link) throws Exception {
        var answering =
                Call.running(() -> {
                    link.there().write("late\n".repeat(500));
                    link.there().close();
                });
        for (int i = 0; i < 500; i++) assertEquals("late", link.here().readLine());
        assertNull(link.here().readLine());
        answering.result();
    }

    /** Never a clean end: the answer is missing. */
    private static void requireNoAnswer(SecureLink link) {
        var e = assertThrows(IOException.class, () -> link.there().writeLine("late"));
        assertFalse(e instanceof ConnectionClosedException, e::toString);
        assertThrows(TlsTruncationException.class, () -> link.here().readLine());
        link.there().close();
    }

    @Test
    void endIsAnsweredByAnEnd() throws Exception {
        forEachKind(
                1,
                (link, _) -> {
                    link.here().shutdownOutput();
                    assertNull(link.there().readLine());
                    link.there().shutdownOutput();
                    assertNull(link.here().readLine());
                });
    }
}
