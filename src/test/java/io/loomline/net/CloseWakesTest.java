package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A close by another thread wakes blocked calls, which report a close on this side. */
class CloseWakesTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int ROUNDS = 300;

    @ParameterizedTest
    @EnumSource(Medium.class)
    void closeWakesTheReader(Medium medium) throws Exception {
        try (Link link = medium.open()) {
            var reader = Call.of(link.here()::readLine).awaitIn("awaitReadable");
            link.here().close();
            reader.failure(ConnectionClosedException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Medium.class)
    void abortWakesTheReader(Medium medium) throws Exception {
        try (Link link = medium.open()) {
            var reader = Call.of(() -> link.here().readExactly(5)).awaitIn("awaitReadable");
            link.here().abort();
            reader.failure(ConnectionClosedException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Medium.class)
    void closeWakesEveryWriter(Medium medium) throws Exception {
        try (Link link = medium.open()) {
            int length = medium.cloggingBytes();
            var first = Call.running(() -> link.here().write(new byte[length]));
            first.awaitIn("awaitWritable");
            var second = Call.running(() -> link.here().write("x")).awaitIn("lock");
            var flush = Call.running(link.here()::flush).awaitIn("lock");
            var ending = Call.running(link.here()::shutdownOutput).awaitIn("lock");
            abortOrClose(link.here(), medium);
            first.failure(ConnectionClosedException.class);
            second.failure(ConnectionClosedException.class);
            flush.failure(ConnectionClosedException.class);
            ending.failure(ConnectionClosedException.class);
        }
    }

    /** In lock step no byte has been sent, so a close would wait for the peer. */
    private static void abortOrClose(Connection connection, Medium medium) {
        if (medium == Medium.LOCK_STEP) connection.abort();
        else connection.close();
    }

    @ParameterizedTest
    @EnumSource(Medium.class)
    void closeRacingAReaderIsNeverTheEndOfTheInput(Medium medium) throws Exception {
        raceCloseWithAReader(medium, ROUNDS);
    }

    @ParameterizedTest
    @EnumSource(Medium.class)
    @Tag("stress")
    void closeRacingAReaderIsNeverTheEndInManyRounds(Medium medium) throws Exception {
        raceCloseWithAReader(medium, 50 * ROUNDS);
    }

    /** The peer ends its output as soon as it sees the end of its input. */
    private static void raceCloseWithAReader(Medium medium, int rounds) throws Exception {
        for (int round = 0; round < rounds; round++) {
            try (Link link = medium.open()) {
                var peer =
                        Call.running(() -> {
                            link.there().readLine();
                            link.there().close();
                        });
                var reader = Call.of(link.here()::readLine);
                for (int spins = round % 100; spins > 0; spins--) Thread.onSpinWait();
                link.here().close();
                reader.failure(ConnectionClosedException.class);
                peer.result();
            }
        }
    }

    /** The peer answers our end with its own before the reader checks for the close. */
    @Test
    void endCausedByOurOwnCloseIsNotReportedAsEndOfInput() throws Exception {
        var channel = new FakeChannel();
        var connection = Connection.over(channel, SystemClock.INSTANCE);
        channel.beforeRead(() -> {
            if (!connection.isOpen()) return;
            var _ = Thread.startVirtualThread(connection::close);
            while (connection.isOpen()) Thread.onSpinWait();
            channel.ended();
        });
        var reader = Call.of(connection::readLine);
        reader.failure(ConnectionClosedException.class);
    }

    @ParameterizedTest
    @EnumSource(Medium.class)
    void closeFromManyThreadsClosesOnce(Medium medium) throws Exception {
        for (int round = 0; round < ROUNDS / 3; round++) {
            try (Link link = medium.open()) {
                var start = new CountDownLatch(1);
                var one = Call.running(() -> afterwards(start, link.here()::close));
                var two = Call.running(() -> afterwards(start, link.here()::close));
                var three = Call.running(() -> afterwards(start, link.here()::abort));
                start.countDown();
                one.result();
                two.result();
                three.result();
                assertTrue(!link.here().isOpen());
            }
        }
    }

    private static void afterwards(CountDownLatch start, Runnable action) throws Exception {
        start.await();
        action.run();
    }

    /** The close sends the taken bytes, because the write has taken effect. */
    @Test
    void blockedSmallWriteIsSentByTheClose() throws Exception {
        var channel = new FakeChannel();
        var connection = Connection.over(channel, SystemClock.INSTANCE);
        channel.room(false);
        var writer = Call.running(() -> connection.write("taken")).awaitIn("awaitWritable");
        var closing = Call.running(connection::close).awaitIn("sendWhileClosing");
        writer.result();
        channel.room(true);
        closing.result();
        assertEquals(List.of("taken"), channel.writes());
        assertEquals(List.of("shutdownOutput", "close"), channel.events());
    }

    @ParameterizedTest
    @EnumSource(Medium.class)
    void blockedPeerGetsAnErrorFromAnAbort(Medium medium) throws Exception {
        try (Link link = medium.open()) {
            var reader = Call.of(link.there()::readLine).awaitIn("awaitReadable");
            var writer = Call.running(() -> link.there().write(new byte[medium.cloggingBytes()]));
            writer.awaitIn("awaitWritable");
            link.here().abort();
            assertTrue(reader.failure(IOException.class) instanceof SocketException);
            assertTrue(writer.failure(IOException.class) instanceof SocketException);
            assertTrue(link.there().isOpen());
        }
    }
}
