package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.datagram.DatagramEndpoint;
import io.loomline.datagram.DatagramOptions;
import io.loomline.driver.PacketChannel;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.task.Body;
import io.loomline.task.Deadline;
import io.loomline.testing.ManualClock;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * A deadline expires together with the awaited event, as after the process was stopped for a while:
 * the event takes effect.
 */
class LateWakeUpTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    private final ManualClock clock = new ManualClock();
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection = Connection.over(channel, clock);
    private final Deadline deadline = Deadline.after(TIMEOUT, clock);

    @AfterEach
    void abort() {
        connection.abort();
    }

    /** Makes the deadline expire and the event occur while the next wait begins. */
    private void deadlineExpiresWith(Runnable event) {
        duringTheNextWait(() -> {
            event.run();
            clock.advance(Duration.ofSeconds(5));
        });
    }

    private void duringTheNextWait(Runnable action) {
        channel.beforeWait(() -> {
            channel.beforeWait(() -> {});
            action.run();
        });
    }

    @Test
    void lineThatArrivesWithTheDeadlineIsReturned() throws Exception {
        deadlineExpiresWith(() -> channel.feed("in time\n"));
        assertEquals("in time", deadline.call(connection::readLine));
    }

    @Test
    void endThatArrivesWithTheDeadlineIsReturned() throws Exception {
        deadlineExpiresWith(channel::ended);
        assertNull(deadline.call(connection::readLine));
    }

    @Test
    void restOfALineThatArrivesWithTheDeadlineCompletesIt() throws Exception {
        channel.feed("half a ");
        deadlineExpiresWith(() -> channel.feed("line\n"));
        assertEquals("half a line", deadline.call(connection::readLine));
    }

    @Test
    void bytesThatArriveWithTheDeadlineAreReturned() throws Exception {
        byte[] large = new byte[20_000];
        deadlineExpiresWith(() -> channel.feed("12"));
        int read = deadline.call(() -> connection.read(large, 0, large.length));
        assertEquals(2, read);
    }

    @Test
    void halfALineThatArrivesWithTheDeadlineIsNotLost() throws Exception {
        deadlineExpiresWith(() -> channel.feed("half a "));
        assertThrows(TimeoutException.class, () -> deadline.call(connection::readLine));
        channel.feed("line\n");
        assertEquals("half a line", connection.readLine());
    }

    @Test
    void nextCallInsideTheDeadlineThrows() {
        deadlineExpiresWith(() -> channel.feed("1\n2\n"));
        Body<String, Exception> twoReads =
                () -> {
                    assertEquals("1", connection.readLine());
                    return connection.readLine();
                };
        assertThrows(TimeoutException.class, () -> deadline.call(twoReads));
    }

    @Test
    void foreignInterruptIsKeptForTheNextCall() throws Exception {
        duringTheNextWait(() -> {
            channel.feed("here\n");
            Thread.currentThread().interrupt();
        });
        var read =
                Call.of(() -> {
                    String line = connection.readLine();
                    assertThrows(InterruptedException.class, connection::readLine);
                    return line;
                });
        assertEquals("here", read.result());
    }

    @Test
    void writeReturnsWhenTheChannelTakesBytesAtTheDeadline() throws Exception {
        channel.room(false);
        deadlineExpiresWith(() -> channel.room(true));
        deadline.run(() -> connection.writeLine("taken"));
        assertEquals(List.of("taken\n"), channel.writes());
    }

    /** Its packet arrives together with the interrupt that ends the wait. */
    private final class LatePackets implements PacketChannel {
        private boolean isHere;

        @Override
        public @Nullable SocketAddress tryReceive(ByteBuffer target) {
            if (!isHere) return null;
            isHere = false;
            target.put((byte) 7);
            return localAddress();
        }

        @Override
        public boolean trySend(ByteBuffer source, SocketAddress receiver) {
            return true;
        }

        @Override
        public void awaitReadable() throws InterruptedException {
            isHere = true;
            clock.advance(Duration.ofSeconds(5));
            if (Thread.interrupted()) throw new InterruptedException();
        }

        @Override
        public void awaitWritable() {}

        @Override
        public void close() {}

        @Override
        public SocketAddress localAddress() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), 7);
        }
    }

    @Test
    void packetThatArrivesWithTheInterruptIsReturned() throws Exception {
        var options = DatagramOptions.DEFAULT.withReadTimeout(Duration.ofSeconds(1));
        var endpoint = DatagramEndpoint.over(new LatePackets(), options, clock);
        assertEquals(1, endpoint.receive().bytes().length);
        var later = Deadline.after(TIMEOUT, clock);
        assertEquals(1, later.call(endpoint::receive).bytes().length);
    }
}
