package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.probe.Kernel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;

@ParameterizedClass
@EnumSource(Kernel.class)
class AcceptorTest extends ListeningDriver {
    private static final int ROUNDS = 300;

    private Channel connect() throws IOException, InterruptedException {
        return driver.connect(acceptor.localAddress());
    }

    @Test
    void acceptWaitsForAConnection() throws Exception {
        var accepting = Started.start(acceptor::accept).awaitWaiting();
        try (var client = connect();
                var server = accepting.join()) {
            assertEquals(client.localAddress(), server.remoteAddress());
            assertEquals(acceptor.localAddress(), server.localAddress());
        }
    }

    @Test
    void connectionsWaitInTheBacklog() throws Exception {
        try (var first = connect();
                var second = connect();
                var firstAccepted = acceptor.accept();
                var secondAccepted = acceptor.accept()) {
            assertEquals(first.localAddress(), firstAccepted.remoteAddress());
            assertEquals(second.localAddress(), secondAccepted.remoteAddress());
        }
    }

    @Test
    void closeWakesAccept() throws Exception {
        var accepting = Started.start(acceptor::accept).awaitWaiting();
        acceptor.close();
        assertThrows(ClosedChannelException.class, accepting::join);
    }

    @Test
    void closedAcceptorKeepsItsAddressAndAcceptsNothing() throws IOException {
        var address = acceptor.localAddress();
        acceptor.close();
        acceptor.close();
        assertThrows(ClosedChannelException.class, acceptor::accept);
        assertEquals(address, acceptor.localAddress());
    }

    @Test
    void stoppedAcceptorReturnsQueuedConnectionsAndThenEnds() throws Exception {
        try (var first = connect();
                var second = connect()) {
            acceptor.stop();
            acceptor.stop();
            try (var firstAccepted = acceptor.accept();
                    var secondAccepted = acceptor.accept()) {
                assertEquals(first.localAddress(), firstAccepted.remoteAddress());
                assertEquals(second.localAddress(), secondAccepted.remoteAddress());
                assertThrows(ClosedChannelException.class, acceptor::accept);
                acceptor.close();
                assertThrows(ConnectException.class, this::connect);
                Loopback.write(secondAccepted, (byte) 7);
                assertEquals(7, Started.start(() -> Loopback.read(second)).join());
            }
        }
    }

    @Test
    void stopWakesAccept() throws Exception {
        var accepting = Started.start(acceptor::accept).awaitWaiting();
        acceptor.stop();
        assertThrows(ClosedChannelException.class, accepting::join);
        acceptor.close();
        acceptor.stop();
    }

    @Test
    void stoppedAcceptorCanBeInterrupted() throws Exception {
        connect().close();
        acceptor.accept().close();
        acceptor.stop();
        var status =
                Started.start(() -> {
                    Thread.currentThread().interrupt();
                    assertThrows(InterruptedException.class, acceptor::accept);
                    return Thread.currentThread().isInterrupted();
                });
        assertEquals(false, status.join());
    }

    @Test
    void closeResetsQueuedConnections() throws Exception {
        try (var client = connect()) {
            acceptor.close();
            assertThrows(IOException.class, Started.start(() -> Loopback.read(client))::join);
        }
    }

    @Test
    void closedAcceptorRefusesConnectionsAtOnce() throws IOException {
        for (int i = 0; i < ROUNDS; i++) {
            acceptor = driver.listen(Loopback.anyPort(), 50);
            acceptor.close();
            assertThrows(ConnectException.class, this::connect);
        }
    }

    @Test
    void portIsFreeAfterClose() throws IOException {
        for (int i = 0; i < ROUNDS; i++) {
            acceptor.close();
            acceptor = driver.listen(acceptor.localAddress(), 50);
        }
    }

    @Test
    void closeRacesAccept() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            acceptor = driver.listen(Loopback.anyPort(), 50);
            Acceptor closing = acceptor;
            var accepting = Started.start(closing::accept);
            for (int spin = 0; spin < i; spin++) Thread.onSpinWait();
            closing.close();
            assertThrows(ClosedChannelException.class, accepting::join);
        }
    }

    @Test
    void interruptLeavesTheAcceptorListening() throws Exception {
        var accepting = Started.start(acceptor::accept).awaitWaiting().interrupt();
        assertThrows(InterruptedException.class, accepting::join);
        try (var client = connect();
                var server = acceptor.accept()) {
            assertEquals(client.localAddress(), server.remoteAddress());
        }
    }

    @Test
    void interruptClearsTheStatus() throws Exception {
        var status =
                Started.start(() -> {
                    Thread.currentThread().interrupt();
                    assertThrows(InterruptedException.class, acceptor::accept);
                    return Thread.currentThread().isInterrupted();
                });
        assertEquals(false, status.join());
    }

    @Test
    void interruptRacingAConnectionLosesNone() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            var accepting = Started.start(acceptor::accept);
            var connecting = Started.start(this::connect);
            for (int spin = 0; spin < 10 * i; spin++) Thread.onSpinWait();
            accepting.interrupt();
            try (var client = connecting.join();
                    var server = acceptedBy(accepting)) {
                assertEquals(client.localAddress(), server.remoteAddress(), "round " + i);
            }
        }
    }

    /** Returns the connection that the thread has accepted, or accepts it from the queue. */
    private Channel acceptedBy(Started<Channel> accepting) throws Exception {
        try {
            return accepting.join();
        } catch (InterruptedException e) {
            return Started.start(acceptor::accept).join();
        }
    }
}
