package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.driver.epoll.EpollDriver;
import io.loomline.driver.epoll.ServiceNotification;
import io.loomline.probe.Child;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.Programs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a program tells a service manager, which is played by socat. */
class ServiceNotifierTest {
    @TempDir Path directory;

    /** Prints the datagrams that are sent to the address. */
    private Process manager(String address) throws Exception {
        String socat = Programs.require("socat", "socat");
        return new ProcessBuilder(socat, "-u", address, "STDOUT,end-close")
                .redirectOutput(directory.resolve("told").toFile())
                .start();
    }

    private String told() {
        return read(directory.resolve("told"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Child program(String socket, Kernel kernel, String... arguments)
            throws Exception {
        String lack = EpollDriver.lack();
        assumeTrue(lack == null, lack);
        return Child.startBy(
                List.of("env", "NOTIFY_SOCKET=" + socket),
                ServiceNotifierProgram.class,
                kernel.jvmOptions(),
                arguments);
    }

    @ParameterizedTest
    @EnumSource
    void managerHearsWhenTheFirstServerListensAndWhenASignalComes(Kernel kernel) throws Exception {
        Path socket = directory.resolve("notify");
        Process manager = manager("UNIX-RECV:" + socket);
        try {
            Eventually.holds(() -> Files.exists(socket));
            try (Child child = program(socket.toString(), kernel)) {
                child.await("serving");
                Eventually.holds(() -> told().equals("READY=1"));
                child.signal("TERM");
                Eventually.holds(() -> told().equals("READY=1STOPPING=1"));
                child.await("ended");
                assertEquals(0, child.exitCode());
            }
            assertEquals("READY=1STOPPING=1", told());
        } finally {
            manager.destroyForcibly().waitFor();
        }
    }

    @Test
    void abstractNameIsUnderstood() throws Exception {
        String name = "loomline-" + ProcessHandle.current().pid();
        Process manager = manager("ABSTRACT-RECV:" + name);
        try {
            Eventually.holds(() -> read(Path.of("/proc/net/unix")).contains(name));
            try (Child child = program("@" + name, Kernel.EPOLL, "return")) {
                child.await("ended");
                Eventually.holds(() -> told().equals("READY=1STOPPING=1"));
            }
        } finally {
            manager.destroyForcibly().waitFor();
        }
    }

    @Test
    void badAddressIsNamed() {
        assumeTrue(EpollDriver.lack() == null, EpollDriver.lack());
        for (String bad : List.of("", "relative", "/" + "x".repeat(200), "@" + "x".repeat(200))) {
            var e = assertThrows(IOException.class, () -> ServiceNotification.send(bad, "READY=1"));
            assertTrue(e.getMessage().startsWith("notify socket " + bad), e::toString);
        }
    }

    @Test
    void programRunsWithoutTheManager() throws Exception {
        for (String nowhere : List.of("/no/such/socket", "relative")) {
            try (Child child = program(nowhere, Kernel.EPOLL, "return")) {
                child.await("serving");
                child.await("ended");
                assertEquals(0, child.exitCode());
            }
        }
    }
}
