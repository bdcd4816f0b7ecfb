package io.loomline.driver.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Acceptor;

import org.junit.jupiter.api.Test;

import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.Set;

/** Which listener an address identifies. */
class MemoryDriverTest {
    private final MemoryDriver driver = new MemoryDriver();

    /** An address that consists of a name only. */
    private static final class Name extends SocketAddress {
        private static final long serialVersionUID = 1;
        private final String name;

        Name(String name) {
            this.name = name;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Name that && name.equals(that.name);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    private static InetSocketAddress port(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private void assertConnects(SocketAddress address, Acceptor acceptor) throws Exception {
        try (var client = driver.connect(address);
                var server = acceptor.accept()) {
            assertEquals(acceptor.localAddress(), client.remoteAddress());
            assertEquals(acceptor.localAddress(), server.localAddress());
            assertEquals(client.localAddress(), server.remoteAddress());
        }
    }

    @Test
    void listenerIsFoundByItsPortForAnyHost() throws Exception {
        try (var acceptor = driver.listen(port(7000), 1)) {
            assertConnects(port(7000), acceptor);
            assertConnects(new InetSocketAddress("0.0.0.0", 7000), acceptor);
            assertConnects(InetSocketAddress.createUnresolved("host.invalid", 7000), acceptor);
        }
    }

    @Test
    void listenerIsFoundByAnEqualAddress() throws Exception {
        try (var acceptor = driver.listen(new Name("echo"), 1)) {
            assertConnects(new Name("echo"), acceptor);
            assertRefused(new Name("other"));
        }
    }

    private void assertRefused(SocketAddress address) {
        assertThrows(ConnectException.class, () -> driver.connect(address));
    }

    @Test
    void portZeroChoosesAFreePort() throws Exception {
        Set<SocketAddress> taken = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            var address = (InetSocketAddress) driver.listen(port(0), 1).localAddress();
            assertTrue(address.getPort() >= 49_152 && address.getPort() <= 65_535);
            assertTrue(taken.add(address), () -> address + " was chosen twice");
        }
    }

    @Test
    void ephemeralPortsAreReused() throws Exception {
        try (var acceptor = driver.listen(port(0), 1)) {
            for (int i = 0; i < 20_000; i++) {
                try (var client = driver.connect(acceptor.localAddress());
                        var server = acceptor.accept()) {
                    assertNotEquals(acceptor.localAddress(), client.localAddress());
                    assertNotNull(server);
                }
            }
        }
    }

    @Test
    void addressInUseFails() throws Exception {
        try (var acceptor = driver.listen(port(7000), 1);
                var named = driver.listen(new Name("echo"), 1)) {
            assertThrows(BindException.class, () -> driver.listen(acceptor.localAddress(), 1));
            assertThrows(BindException.class, () -> driver.listen(new Name("echo"), 1));
            assertConnects(named.localAddress(), named);
        }
    }

    @Test
    void addressWithoutListenerRefusesConnections() {
        assertRefused(port(7000));
        assertRefused(new Name("echo"));
    }

    @Test
    void closedListenerRefusesConnectionsAndFreesItsAddress() throws Exception {
        for (int i = 0; i < 3; i++) {
            Acceptor acceptor = driver.listen(port(7000), 1);
            assertConnects(port(7000), acceptor);
            acceptor.close();
            assertRefused(port(7000));
        }
    }

    @Test
    void twoDriversAreTwoNetworks() throws Exception {
        var other = new MemoryDriver();
        try (var here = driver.listen(port(7000), 1);
                var there = other.listen(port(7000), 1)) {
            assertConnects(port(7000), here);
            assertEquals(here.localAddress(), there.localAddress());
        }
    }

    @Test
    void closeOfTheDriverLeavesListenersOpen() throws Exception {
        try (var acceptor = driver.listen(port(7000), 1)) {
            driver.close();
            assertConnects(port(7000), acceptor);
        }
    }

    @Test
    void nullAddressIsRejected() {
        assertThrows(NullPointerException.class, () -> driver.connect(null));
        assertThrows(NullPointerException.class, () -> driver.listen(null, 1));
    }

    @Test
    void negativeCapacityIsRejectedByValue() {
        var failure =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> MemoryPair.open(-1, port(1), port(2)));
        assertTrue(failure.getMessage().contains("-1"), failure::getMessage);
    }
}
