package io.loomline.driver.epoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.libc.Libc;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class ListeningSocketTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static int listening() throws Exception {
        return listening(LoopbackAddress.of(0));
    }

    private static int listening(SocketAddress address) throws Exception {
        int socket = Sockets.open(address, SocketOptions.DEFAULT);
        Sockets.bind(socket, SocketAddresses.encode(address));
        Sockets.listen(socket, 10);
        return socket;
    }

    /** A process that has stopped may leave it on a socket that the service manager keeps. */
    @Test
    void filterOfAnEarlierProcessIsRemoved() throws Exception {
        try (var driver = Kernel.EPOLL.newDriver();
                var log = new CapturedLog()) {
            int socket = listening();
            Sockets.refuseHandshakes(socket);
            try (Acceptor adopted = driver.adopt(socket, SocketOptions.DEFAULT);
                    Channel client = driver.connect(adopted.localAddress());
                    Channel accepted = adopted.accept()) {
                assertEquals(client.localAddress(), accepted.remoteAddress());
                assertEquals(1, log.lines("removed a socket filter").size());
            }
        }
    }

    @Test
    void filterIsRemovedOnce() throws Exception {
        Kernel.EPOLL.newDriver().close(); // skips the test if the driver is not available
        int socket = listening();
        try {
            assertFalse(Sockets.permitHandshakes(socket));
            Sockets.refuseHandshakes(socket);
            assertTrue(Sockets.permitHandshakes(socket));
            assertFalse(Sockets.permitHandshakes(socket));
        } finally {
            Libc.close(socket);
        }
    }

    /** Its service manager has created it. */
    @Test
    void fileOfAnInheritedSocketIsKeptByEveryServer(@TempDir Path directory) throws Exception {
        var file = UnixDomainSocketAddress.of(directory.resolve("socket"));
        var offer = UnixDomainSocketAddress.of(directory.resolve("offer"));
        try (var one = Kernel.EPOLL.newDriver();
                var other = Kernel.EPOLL.newDriver();
                Acceptor offering = one.listen(offer, 1)) {
            Acceptor adopted = one.adopt(listening(file), SocketOptions.DEFAULT);
            assertEquals(file, adopted.localAddress());
            Channel toOne = other.connect(offer);
            one.sendListeners(offering.accept(), List.of(adopted));
            Acceptor received = other.receiveListeners(toOne, SocketOptions.DEFAULT).getFirst();
            assertEquals(file, received.localAddress());
            adopted.close();
            received.close();
            assertTrue(Files.exists(file.getPath()));
        }
    }
}
