package io.loomline.driver.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Started;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/** The queue of connections to be accepted, here with a capacity of two. */
class MemoryAcceptorTest {
    private static final int ROUNDS = 500;

    private final MemoryDriver driver = new MemoryDriver();
    private Acceptor acceptor;

    @BeforeEach
    void listen() throws IOException {
        acceptor = driver.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 2);
    }

    @AfterEach
    void close() {
        acceptor.close();
    }

    private Channel connect() throws IOException, InterruptedException {
        return driver.connect(acceptor.localAddress());
    }

    private static void assertConnected(Channel client, Channel server) {
        assertEquals(client.localAddress(), server.remoteAddress());
    }

    @Test
    void acceptWaitsForAConnection() throws Exception {
        var accepting = Started.start(acceptor::accept).awaitWaiting();
        assertConnected(connect(), accepting.join());
    }

    @Test
    void connectionsAreAcceptedInOrder() throws Exception {
        Channel first = connect();
        Channel second = connect();
        assertConnected(first, acceptor.accept());
        assertConnected(second, acceptor.accept());
    }

    @Test
    void connectWaitsWhileTheQueueIsFull() throws Exception {
        Channel first = connect();
        Channel second = connect();
        var third = Started.start(this::connect).awaitWaiting();
        assertConnected(first, acceptor.accept());
        Channel connected = third.join();
        assertConnected(second, acceptor.accept());
        assertConnected(connected, acceptor.accept());
    }

    @Test
    void closeRefusesWaitingConnects() throws Exception {
        connect();
        connect();
        var third = Started.start(this::connect).awaitWaiting();
        acceptor.close();
        assertThrows(ConnectException.class, third::join);
    }

    @Test
    void closeResetsQueuedConnections() throws Exception {
        Channel client = connect();
        acceptor.close();
        client.awaitReadable();
        assertThrows(IOException.class, () -> client.tryRead(ByteBuffer.allocate(1)));
        assertThrows(IOException.class, () -> client.tryWrite(ByteBuffer.allocate(1)));
    }

    @Test
    void closeKeepsAcceptedConnections() throws Exception {
        Channel client = connect();
        Channel server = acceptor.accept();
        acceptor.close();
        assertEquals(1, client.tryWrite(ByteBuffer.allocate(1)));
        assertEquals(1, server.tryRead(ByteBuffer.allocate(2)));
    }

    @Test
    void closeWakesAccept() throws Exception {
        var accepting = Started.start(acceptor::accept).awaitWaiting();
        acceptor.close();
        assertThrows(ClosedChannelException.class, accepting::join);
        assertThrows(ClosedChannelException.class, acceptor::accept);
    }

    @Test
    void interruptEndsAcceptAndLeavesTheAcceptorUsable() throws Exception {
        var accepting = Started.start(acceptor::accept).awaitWaiting().interrupt();
        assertThrows(InterruptedException.class, accepting::join);
        assertConnected(connect(), acceptor.accept());
    }

    @Test
    void interruptedConnectIsNotQueued() throws Exception {
        Channel first = connect();
        Channel second = connect();
        var third = Started.start(this::connect).awaitWaiting().interrupt();
        assertThrows(InterruptedException.class, third::join);
        assertConnected(first, acceptor.accept());
        assertConnected(second, acceptor.accept());
        assertConnected(connect(), acceptor.accept());
    }

    @Test
    void interruptClearsTheStatus() throws Exception {
        var status =
                Started.start(() -> {
                    Thread.currentThread().interrupt();
                    assertThrows(InterruptedException.class, acceptor::accept);
                    return Thread.currentThread().isInterrupted();
                });
        assertFalse(status.join());
    }

    @Test
    void interruptRacingAConnectionLosesNone() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            var accepting = Started.start(acceptor::accept);
            var connecting = Started.start(this::connect);
            for (int spin = 0; spin < i; spin++) Thread.onSpinWait();
            accepting.interrupt();
            assertConnected(connecting.join(), acceptedBy(accepting));
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

    @Test
    void closeRacesConnectAndAccept() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            listen();
            var accepting = Started.start(this::acceptForever);
            var connecting = Started.start(this::connectForever);
            for (int spin = 0; spin < 10 * i; spin++) Thread.onSpinWait();
            acceptor.close();
            assertThrows(ClosedChannelException.class, accepting::join);
            assertThrows(ConnectException.class, connecting::join);
        }
    }

    private boolean acceptForever() throws IOException, InterruptedException {
        while (true) acceptor.accept().close();
    }

    private boolean connectForever() throws IOException, InterruptedException {
        while (true) connect().close();
    }
}
