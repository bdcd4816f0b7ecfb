package io.loomline.driver.unix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.SocketOptions;
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

    @Test
    void queueOfASharedListenerIsLeft() throws Exception {
        try (Acceptor acceptor = driver.listen(LoopbackAddress.of(0), 10);
                Channel queued = driver.connect(acceptor.localAddress())) {
            assertTrue(queued.localAddress() != null);
            acceptor.shared(true);
            acceptor.stop();
            assertThrows(ClosedChannelException.class, acceptor::accept);
        }
    }

    /** A filter would refuse them for the other process too. */
    @Test
    void stoppedSharedListenerRefusesNoHandshake() throws Exception {
        try (Acceptor acceptor = driver.listen(LoopbackAddress.of(0), 10)) {
            acceptor.shared(true);
            acceptor.stop();
            for (int i = 0; i < 3; i++) driver.connect(acceptor.localAddress()).close();
        }
    }

    @Test
    void listenerThatIsNoLongerSharedServesItsQueue() throws Exception {
        try (Acceptor acceptor = driver.listen(LoopbackAddress.of(0), 10);
                Channel queued = driver.connect(acceptor.localAddress())) {
            acceptor.shared(true);
            acceptor.shared(false);
            acceptor.stop();
            try (Channel accepted = acceptor.accept()) {
                assertEquals(queued.localAddress(), accepted.remoteAddress());
            }
            assertThrows(ClosedChannelException.class, acceptor::accept);
        }
    }

    @Test
    void fileOfASharedListenerIsKept() throws Exception {
        var address = UnixDomainSocketAddress.of(directory.resolve("socket"));
        Acceptor shared = driver.listen(address, 10);
        shared.shared(true);
        shared.stop();
        shared.close();
        assertTrue(Files.exists(address.getPath()));
        driver.listen(address, 10).close(); // replaces the stale file
        assertFalse(Files.exists(address.getPath()));
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
