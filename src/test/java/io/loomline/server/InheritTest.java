package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Drivers;
import io.loomline.driver.Driver;
import io.loomline.driver.SocketOptions;
import io.loomline.probe.Child;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.probe.Programs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Listeners that systemd-socket-activate passes to a server, and descriptors that are none. */
class InheritTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @TempDir Path directory;

    /** It starts the program when the first client has connected. */
    private static Child activate(Kernel kernel, List<String> options, String... names)
            throws IOException {
        kernel.newDriver().close(); // skips the test if the driver is not available
        String activate = Programs.require("systemd-socket-activate", "systemd");
        List<String> launcher = new ArrayList<>(List.of(activate));
        launcher.addAll(options);
        Child child = Child.startBy(launcher, InheritProgram.class, kernel.jvmOptions(), names);
        String line = child.readLine();
        assertTrue(line.startsWith("Listening on "), line);
        return child;
    }

    /** A free address as a literal, which is shown without a name. */
    private static InetSocketAddress freeAddress() throws IOException {
        return new InetSocketAddress(
                InetAddress.ofLiteral("127.0.0.1"), LoopbackAddress.freePort());
    }

    private static List<String> listenAt(InetSocketAddress address) {
        return List.of("-l", "127.0.0.1:" + address.getPort());
    }

    private static String readLineFrom(SocketAddress address) throws IOException {
        try (var client = SocketChannel.open(address)) {
            return new BufferedReader(Channels.newReader(client, StandardCharsets.US_ASCII))
                    .readLine();
        }
    }

    @Test
    void allListenersAreInherited() throws Exception {
        var file = UnixDomainSocketAddress.of(directory.resolve("socket"));
        InetSocketAddress port = freeAddress();
        var options = new ArrayList<>(listenAt(port));
        options.addAll(List.of("-l", file.toString()));
        try (Child child = activate(Kernel.EPOLL, options)) {
            child.readLine(); // the other address
            assertEquals("from " + port, readLineFrom(port));
            child.await("at " + port);
            child.await("again: a server of this process has inherited descriptor 3 already");
            assertEquals("from " + file, readLineFrom(file));
            child.signal("TERM");
            child.await("ended");
            assertEquals(0, child.exitCode());
            assertTrue(Files.exists(file.getPath())); // is the service manager's
        }
    }

    @Test
    void listenersOfOneNameAreInherited() throws Exception {
        InetSocketAddress one = freeAddress();
        InetSocketAddress other = freeAddress();
        var options = new ArrayList<String>();
        options.addAll(listenAt(one));
        options.addAll(listenAt(other));
        options.add("--fdname=web:admin");
        try (Child child = activate(Kernel.EPOLL, options, "admin")) {
            child.readLine();
            assertEquals("from " + other, readLineFrom(other));
            child.await("at " + other);
        }
    }

    @ParameterizedTest
    @EnumSource
    void listenerIsInheritedAsStandardInput(Kernel kernel) throws Exception {
        InetSocketAddress port = freeAddress();
        var options = new ArrayList<>(listenAt(port));
        options.add("--inetd");
        try (Child child = activate(kernel, options)) {
            for (int i = 0; i < 3; i++) assertEquals("from " + port, readLineFrom(port));
            child.await("at " + port);
            child.signal("TERM");
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    void portableDriverNamesTheReason() throws Exception {
        InetSocketAddress port = freeAddress();
        try (Child child = activate(Kernel.NIO, listenAt(port));
                var client = SocketChannel.open(port)) {
            assertTrue(client.isConnected());
            String all = String.join("\n", child.rest());
            assertTrue(all.contains("the portable driver cannot accept at descriptor 3"), all);
            assertEquals(1, child.exitCode());
        }
    }

    @Test
    void descriptorsThatDoNotListenAreRefusedAndKept() throws Exception {
        try (var driver = Kernel.EPOLL.newDriver();
                var file = FileChannel.open(Files.createFile(directory.resolve("file")));
                var present = new Present();
                var stream = SocketChannel.open();
                var datagram = DatagramChannel.open()) {
            assertTrue(file.isOpen());
            assertRefused(driver, 100_000, "Bad file descriptor");
            for (int descriptor : present.opened()) {
                assertRefused(driver, descriptor, "expected a listening stream socket, got");
            }
            stream.bind(LoopbackAddress.of(0)); // they are still open
            datagram.bind(LoopbackAddress.of(0));
            assertEquals(2, present.opened().size());
        }
    }

    private static void assertRefused(Driver driver, int descriptor, String reason) {
        var e =
                assertThrows(
                        SocketException.class,
                        () -> driver.adopt(descriptor, SocketOptions.DEFAULT));
        assertTrue(e.getMessage().startsWith("descriptor " + descriptor + ": "), e::toString);
        assertTrue(e.getMessage().contains(reason), e::toString);
    }

    /** The socket descriptors that are opened after this. */
    private static final class Present implements AutoCloseable {
        private final Set<Integer> before = sockets();

        Set<Integer> opened() throws IOException {
            Set<Integer> opened = sockets();
            opened.removeAll(before);
            return opened;
        }

        private static Set<Integer> sockets() throws IOException {
            Set<Integer> sockets = new TreeSet<>();
            try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
                for (Path each : all.toList()) {
                    if (isSocket(each)) sockets.add(Integer.valueOf(each.getFileName().toString()));
                }
            }
            return sockets;
        }

        private static boolean isSocket(Path descriptor) {
            try {
                return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
            } catch (IOException e) {
                return false; // that of the listing
            }
        }

        Present() throws IOException {}

        @Override
        public void close() {}
    }

    @Test
    void memoryDriverHasNoDescriptors() throws Exception {
        try (var driver = Drivers.memory()) {
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> driver.adopt(3, SocketOptions.DEFAULT));
        }
    }
}
