package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.probe.Kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;

/** A connect that is refused, interrupted, or ended by the driver's close leaves no descriptor. */
@ParameterizedClass
@EnumSource(Kernel.class)
class DriverConnectTest {
    @Parameter Kernel kernel;

    private static final int ROUNDS = 300;

    private Driver driver;
    private int descriptorsBefore;

    /** Includes those of its loop, so that any others are a connection's. */
    private int descriptorsOfDriver;

    private Acceptor acceptor;

    @BeforeEach
    void listen() throws IOException {
        driver = kernel.newDriver();
        descriptorsBefore = Descriptors.count();
        acceptor = driver.listen(Loopback.anyPort(), 50);
        descriptorsOfDriver = Descriptors.count();
    }

    @AfterEach
    void leavesNoDescriptor() throws IOException {
        driver.close();
        assertEquals(descriptorsBefore, Descriptors.count(), "open descriptors");
    }

    @Test
    void refusedConnectsLeaveNoDescriptor() throws IOException {
        SocketAddress unused = Loopback.unusedPort();
        for (int i = 0; i < ROUNDS; i++) {
            assertThrows(ConnectException.class, () -> driver.connect(unused));
        }
        Descriptors.awaitCount(descriptorsOfDriver);
    }

    @Test
    void interruptEndsTheConnectAndFreesItsDescriptor() throws Exception {
        try (var clogged = new Loopback.Clogged()) {
            int before = Descriptors.count();
            SocketAddress address = clogged.address();
            var connecting = Started.start(() -> driver.connect(address)).awaitWaiting();
            assertEquals(before + 1, Descriptors.count(), "while connecting");
            connecting.interrupt();
            assertThrows(InterruptedException.class, connecting::join);
            Descriptors.awaitCount(before);
        }
    }

    @Test
    void interruptClearsTheStatus() throws Exception {
        try (var clogged = new Loopback.Clogged()) {
            SocketAddress address = clogged.address();
            var status =
                    Started.start(() -> {
                        Thread.currentThread().interrupt();
                        assertThrows(InterruptedException.class, () -> driver.connect(address));
                        return Thread.currentThread().isInterrupted();
                    });
            assertFalse(status.join());
        }
    }

    @Test
    void interruptRacingTheConnectionReturnsAChannelOrFreesIt() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            var connecting = Started.start(() -> driver.connect(acceptor.localAddress()));
            for (int spin = 0; spin < 10 * i; spin++) Thread.onSpinWait();
            connecting.interrupt();
            try (var channel = connecting.join();
                    var peer = acceptor.accept()) {
                assertEquals(channel.localAddress(), peer.remoteAddress());
            } catch (InterruptedException e) {
                acceptor.accept().close(); // the kernel had accepted it already
            }
        }
        Descriptors.awaitCount(descriptorsOfDriver);
    }

    @Test
    void closeOfTheDriverEndsTheConnect() throws Exception {
        try (var clogged = new Loopback.Clogged()) {
            SocketAddress address = clogged.address();
            var connecting = Started.start(() -> driver.connect(address)).awaitWaiting();
            driver.close();
            assertThrows(IOException.class, connecting::join);
        }
    }

    @Test
    void closeOfTheDriverRacesAConnect() throws Exception {
        try (var clogged = new Loopback.Clogged()) {
            int before = Descriptors.count();
            SocketAddress address = clogged.address();
            for (int i = 0; i < ROUNDS; i++) {
                var closing = kernel.newDriver();
                var connecting = Started.start(() -> closing.connect(address));
                for (int spin = 0; spin < 20 * i; spin++) Thread.onSpinWait();
                closing.close();
                assertThrows(IOException.class, connecting::join);
            }
            Descriptors.awaitCount(before);
        }
    }

    @Test
    void connectIsNotDelayedByAnotherThatWaits() throws Exception {
        try (var clogged = new Loopback.Clogged()) {
            SocketAddress address = clogged.address();
            var waiting = Started.start(() -> driver.connect(address)).awaitWaiting();
            try (Channel channel = driver.connect(acceptor.localAddress());
                    Channel peer = acceptor.accept()) {
                assertEquals(channel.localAddress(), peer.remoteAddress());
            }
            assertThrows(InterruptedException.class, waiting.interrupt()::join);
        }
    }
}
