package io.loomline.driver.unix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.SocketOptions;
import io.loomline.probe.Call;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The end of a listener whose socket or port others have too. */
@ParameterizedClass
@EnumSource
class SharedListenerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Kernel kernel;

    @TempDir Path directory;

    private Driver driver;

    @BeforeEach
    void open() {
        driver = kernel.newDriver();
    }

    @AfterEach
    void close() {
        driver.close();
    }

    private SocketAcceptor<?> listen(SocketAddress address) throws Exception {
        return (SocketAcceptor<?>) driver.listen(address, 10);
    }

    private SocketAcceptor<?> listen() throws Exception {
        return listen(LoopbackAddress.of(0));
    }

    /** It may be the last that holds the socket, and then no other would serve them. */
    @Test
    void queueOfASharedListenerIsServed() throws Exception {
        List<Channel> queued = new ArrayList<>();
        try (var acceptor = listen()) {
            acceptor.markShared();
            for (int i = 0; i < 8; i++) queued.add(driver.connect(acceptor.localAddress()));
            acceptor.stop();
            assertEquals(queued.size(), accepted(acceptor));
            assertThrows(ClosedChannelException.class, acceptor::accept);
        } finally {
            queued.forEach(Channel::close);
        }
    }

    @Test
    void stopOfASharedListenerEndsAWait() throws Exception {
        try (var acceptor = listen()) {
            acceptor.markShared();
            var accept = Call.of(acceptor::accept).awaitIn("awaitConnection");
            acceptor.stop();
            assertThrows(ClosedChannelException.class, accept::result);
        }
    }

    @Test
    void stoppedListenerIsNotSent() throws Exception {
        var acceptor = listen();
        acceptor.stop();
        assertFalse(acceptor.beginSending());
        acceptor.close();
        assertFalse(acceptor.beginSending());
    }

    @Test
    void closedListenerIsNotSent() throws Exception {
        var acceptor = listen();
        acceptor.close();
        assertFalse(acceptor.beginSending());
    }

    /** A filter would refuse them for the other process too. */
    @Test
    void stoppedSharedListenerRefusesNoHandshake() throws Exception {
        try (var acceptor = listen()) {
            acceptor.markShared();
            acceptor.stop();
            for (int i = 0; i < 3; i++) driver.connect(acceptor.localAddress()).close();
        }
    }

    private UnixDomainSocketAddress file() {
        return UnixDomainSocketAddress.of(directory.resolve("socket"));
    }

    @Test
    void fileOfAListenerThatCouldNotBeSentIsRemoved() throws Exception {
        var acceptor = listen(file());
        assertTrue(acceptor.beginSending());
        acceptor.endSending(false);
        acceptor.close();
        assertFalse(Files.exists(file().getPath()));
    }

    @Test
    void fileOfAListenerThatIsBeingSentIsKeptByAStop() throws Exception {
        try (var acceptor = listen(file())) {
            assertTrue(acceptor.beginSending());
            acceptor.stop();
            acceptor.endSending(true);
            assertTrue(Files.exists(file().getPath()));
        }
    }

    /** Such as one that a service manager has passed. */
    @Test
    void sharedListenerRemainsSharedWhenItCannotBeSent() throws Exception {
        try (var acceptor = listen(file())) {
            acceptor.markShared();
            assertTrue(acceptor.beginSending());
            assertTrue(acceptor.beginSending()); // to another process at the same time
            acceptor.endSending(false);
            acceptor.endSending(false);
            acceptor.stop();
            assertTrue(Files.exists(file().getPath())); // clients of the others use it
        }
    }

    /** Also without tcp_migrate_req, in which case the older listener serves its queue. */
    @Test
    void queueOfAListenerThatSharesItsPortIsServed() throws Exception {
        SocketOptions sharing = SocketOptions.DEFAULT.withReusePort(true);
        List<Channel> clients = new ArrayList<>();
        Acceptor older = driver.listen(LoopbackAddress.of(0), 100, sharing);
        try (Acceptor newer = driver.listen(older.localAddress(), 100, sharing)) {
            for (int i = 0; i < 40; i++) clients.add(driver.connect(older.localAddress()));
            older.stop();
            int served = accepted(older);
            older.close();
            newer.stop();
            assertEquals(clients.size(), served + accepted(newer));
        } finally {
            older.close();
            clients.forEach(Channel::close);
        }
    }

    /** Accepts until the stopped acceptor has no more. */
    private static int accepted(Acceptor acceptor) throws Exception {
        int count = 0;
        try {
            while (true) {
                acceptor.accept().close();
                count++;
            }
        } catch (ClosedChannelException e) {
            return count;
        }
    }
}
