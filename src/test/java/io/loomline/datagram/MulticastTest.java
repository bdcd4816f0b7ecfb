package io.loomline.datagram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Started;
import io.loomline.probe.Call;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.stream.ConnectionClosedException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;

/** Groups and broadcasts, on the loopback interface only. */
@ParameterizedClass
@EnumSource(Kernel.class)
class MulticastTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final String GROUP = "239.77.5.3";

    @Parameter private Kernel kernel;
    private final NetworkInterface loopback = loopback();
    private Runtime runtime;

    private static NetworkInterface loopback() {
        try {
            return NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
        } catch (SocketException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void open() {
        runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(kernel.newDriver()));
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private DatagramEndpoint listenAt(int port) throws IOException {
        return runtime.datagram(
                new InetSocketAddress(port), DatagramOptions.DEFAULT.withReuseAddress(true));
    }

    private DatagramEndpoint sender() throws IOException {
        var multicast = MulticastOptions.DEFAULT.withInterface(loopback).withTimeToLive(0);
        return runtime.datagram(
                new InetSocketAddress(0), DatagramOptions.DEFAULT.withMulticast(multicast));
    }

    private static int portOf(DatagramEndpoint endpoint) {
        return ((InetSocketAddress) endpoint.localAddress()).getPort();
    }

    /** Sends to the group at the endpoint's port; skips the test if the machine has no route. */
    private static void send(DatagramEndpoint from, String text, int port) throws Exception {
        try {
            from.send(text.getBytes(UTF_8), new InetSocketAddress(GROUP, port));
        } catch (SocketException e) {
            assumeTrue(false, "this machine has no multicast on its loopback interface: " + e);
        }
    }

    @Test
    void everyMemberReceives() throws Exception {
        InetAddress group = InetAddress.ofLiteral(GROUP);
        var one = listenAt(0);
        var other = listenAt(portOf(one));
        one.join(group, loopback);
        other.join(group, loopback);
        var sender = sender();
        send(sender, "news", portOf(one));
        for (var each : new DatagramEndpoint[] {one, other}) {
            Datagram packet = each.receive();
            assertEquals("news", packet.text());
            assertEquals(portOf(sender), ((InetSocketAddress) packet.sender()).getPort());
        }
    }

    /** The marker is sent after the group's packet, so it would arrive after it. */
    private void assertReceives(DatagramEndpoint member, boolean expected) throws Exception {
        var sender = sender();
        send(sender, "to the group", portOf(member));
        var here = new InetSocketAddress(InetAddress.getLoopbackAddress(), portOf(member));
        sender.send("marker".getBytes(UTF_8), here);
        if (expected) assertEquals("to the group", member.receive().text());
        assertEquals("marker", member.receive().text());
    }

    @Test
    void packetsArriveFromJoinToLeave() throws Exception {
        InetAddress group = InetAddress.ofLiteral(GROUP);
        var endpoint = listenAt(0);
        assertReceives(endpoint, false);
        endpoint.leave(group, loopback); // not a member
        for (int i = 0; i < 3; i++) {
            endpoint.join(group, loopback);
            endpoint.join(group, loopback); // a member already
            assertReceives(endpoint, true);
            endpoint.leave(group, loopback);
            assertReceives(endpoint, false);
        }
    }

    @Test
    void waitingReceiveGetsTheFirstPacketAfterAJoin() throws Exception {
        var endpoint = listenAt(0);
        var call = Call.of(endpoint::receive).awaitIn("awaitReadable");
        endpoint.join(InetAddress.ofLiteral(GROUP), loopback);
        send(sender(), "first", portOf(endpoint));
        assertEquals("first", call.result().text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "10.1.2.3", "223.255.255.255", "::1", "fe80::1"})
    void addressThatIsNoGroupIsNamed(String address) throws Exception {
        var endpoint = listenAt(0);
        InetAddress noGroup = InetAddress.ofLiteral(address);
        String expected =
                "group " + noGroup + ": expected a multicast address, of 224.0.0.0/4 or ff00::/8";
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> endpoint.join(noGroup, loopback));
        assertEquals(expected, e.getMessage());
        e = assertThrows(IllegalArgumentException.class, () -> endpoint.leave(noGroup, loopback));
        assertEquals(expected, e.getMessage());
    }

    @Test
    void closedEndpointHasNoGroups() throws Exception {
        InetAddress group = InetAddress.ofLiteral(GROUP);
        var endpoint = listenAt(0);
        endpoint.join(group, loopback);
        endpoint.close();
        assertThrows(ConnectionClosedException.class, () -> endpoint.join(group, loopback));
        assertThrows(ConnectionClosedException.class, () -> endpoint.leave(group, loopback));
    }

    @Test
    void closeThatRacesAJoinEndsEitherWay() throws Exception {
        InetAddress group = InetAddress.ofLiteral(GROUP);
        for (int round = 0; round < 100; round++) {
            var endpoint = listenAt(0);
            var closing =
                    Started.start(() -> {
                        endpoint.close();
                        return true;
                    });
            try {
                endpoint.join(group, loopback);
                endpoint.leave(group, loopback);
            } catch (ConnectionClosedException e) {
                assertFalse(endpoint.isOpen());
            }
            assertTrue(closing.join());
        }
    }

    @Test
    void broadcastMustBeAllowed() throws Exception {
        var everybody = InetAddress.ofLiteral("127.255.255.255");
        var receiver = listenAt(0);
        var to = new InetSocketAddress(everybody, portOf(receiver));
        var e = assertThrows(SocketException.class, () -> sender().send(new byte[1], to));
        assertTrue(e.getMessage().contains("127.255.255.255"), e::toString);
        assertTrue(e.getMessage().contains("withBroadcast"), e::toString);
        var allowed = DatagramOptions.DEFAULT.withBroadcast(true);
        runtime.datagram(new InetSocketAddress(0), allowed).send(new byte[3], to);
        assertEquals(3, receiver.receive().bytes().length);
    }

    @Test
    void sendToAPortWithoutASocketFailsTheNextSend() throws Exception {
        SocketAddress nobody;
        var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (var socket = new DatagramSocket(anyPort)) {
            nobody = socket.getLocalSocketAddress();
        }
        var endpoint = runtime.datagram(anyPort, DatagramOptions.DEFAULT.withRemote(nobody));
        endpoint.send(new byte[1]);
        IOException e = assertThrows(IOException.class, () -> endpoint.send(new byte[1]));
        assertInstanceOf(PortUnreachableException.class, e);
        assertTrue(e.getMessage().contains("sending to " + nobody), e::toString);
        endpoint.send(new byte[1]); // reported once
        assertTrue(endpoint.isOpen());
    }

    @Test
    void portIsSharedOnlyIfBothAllowIt() throws Exception {
        var one = listenAt(0);
        var strict = DatagramOptions.DEFAULT;
        var local = new InetSocketAddress(portOf(one));
        assertThrows(IOException.class, () -> runtime.datagram(local, strict));
        listenAt(portOf(one)).close();
    }
}
