package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.FakeDriver;
import io.loomline.probe.FakeDriver.FakeAcceptor;
import io.loomline.probe.Leftovers;
import io.loomline.server.Server;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Closing a runtime frees everything opened through it, even if it was never closed. */
class RuntimeCloseTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static void waitForLines(Connection connection) throws Exception {
        while (connection.readLine() != null) {}
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void everyDescriptorIsFreeWhenCloseReturns() throws Exception {
        int before = Leftovers.openDescriptors();
        Runtime runtime = Runtime.open();
        Server server = runtime.listen(0, RuntimeCloseTest::waitForLines);
        List<Connection> forgotten = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            forgotten.add(runtime.connect("localhost", server.port()));
            runtime.start(forgotten.getLast()::readLine);
        }
        assertTrue(Leftovers.openDescriptors() >= before + 21);
        runtime.close();
        assertEquals(before, Leftovers.openDescriptors());
        // a read may instead return the end of the peer, which the close ended too
        for (var connection : forgotten) {
            assertThrows(IOException.class, () -> connection.writeLine("anyone?"));
        }
    }

    @Test
    void unusedRuntimeHasNoDescriptor() throws Exception {
        int before = Leftovers.openDescriptors();
        try (Runtime runtime = Runtime.open()) {
            assertEquals("value", runtime.start(() -> "value").join());
            assertEquals(before, Leftovers.openDescriptors());
        }
    }

    @Test
    void closeEndsAReadOutsideOfItsTasks() throws Exception {
        Runtime runtime = Runtime.open();
        Server server = runtime.listen(0, RuntimeCloseTest::waitForLines);
        Connection connection = runtime.connect("localhost", server.port());
        var reading = Call.of(connection::readLine).awaitIn("awaitReadable");
        runtime.close();
        reading.awaitEnd();
    }

    @Test
    void driverIsClosedWithTheRuntime() {
        var driver = new FakeDriver();
        Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver)).close();
        assertTrue(driver.isClosed());
    }

    @Test
    void listenThatFinishesAfterTheCloseLeavesNoListener() {
        var driver = new FakeDriver();
        Runtime runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver));
        driver.onListen(runtime::close);
        assertThrows(IllegalStateException.class, () -> runtime.listen(0, Connection::readLine));
        assertTrue(driver.acceptor().isClosed());
    }

    /** Whichever call comes first, an open listener is closed. */
    @Test
    void listenThatRacesTheCloseLeavesNoListener() throws Exception {
        for (int round = 0; round < 200; round++) {
            var driver = new FakeDriver();
            Runtime runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver));
            var listening = Call.of(() -> runtime.listen(0, Connection::readLine));
            for (int spins = round * 5; spins > 0; spins--) Thread.onSpinWait();
            runtime.close();
            listening.awaitEnd();
            assertTrue(driver.acceptors().stream().allMatch(FakeAcceptor::isClosed));
        }
    }

    @Test
    void runtimesThatShareAMemoryDriverAreIndependent() throws Exception {
        Driver network = Drivers.memory();
        try (Runtime servers = Runtime.open(RuntimeOptions.DEFAULT.withDriver(network))) {
            Server server = servers.listen(7000, connection -> connection.writeLine("served"));
            for (int i = 0; i < 2; i++) {
                try (Runtime clients = Runtime.open(RuntimeOptions.DEFAULT.withDriver(network));
                        Connection connection = clients.connect("localhost", server.port())) {
                    assertEquals("served", connection.readLine());
                }
            }
        }
    }
}
