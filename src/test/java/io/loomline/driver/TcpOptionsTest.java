package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Options of TCP reach the kernel, at connecting and at accepted sockets, or are refused. */
@ParameterizedClass
@EnumSource(Kernel.class)
class TcpOptionsTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final SocketOptions PROBING =
            SocketOptions.DEFAULT.withKeepAlive(Duration.ofMillis(6500), Duration.ofSeconds(8), 9);
    private static final SocketOptions PATIENT =
            SocketOptions.DEFAULT.withUserTimeout(Duration.ofMillis(12_345));
    private static final SocketOptions FAST = SocketOptions.DEFAULT.withFastOpen(true);

    @Parameter Kernel kernel;

    private Driver driver;
    private Set<Integer> before;

    @BeforeEach
    void open() throws IOException {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "no list of descriptors");
        driver = kernel.newDriver();
        before = KernelOption.openSockets();
    }

    @AfterEach
    void close() {
        if (driver != null) driver.close();
    }

    /** The values at the two ends of a connection. */
    private void requireAtBothEnds(SocketOptions options, int value, KernelOption option)
            throws Throwable {
        try (Acceptor acceptor = driver.listen(Loopback.anyPort(), 5, options);
                Channel here = driver.connect(acceptor.localAddress(), null, options);
                Channel there = acceptor.accept()) {
            assertEquals(here.localAddress(), there.remoteAddress());
            assertEquals(List.of(value, value), option.ofNew(before, false), option::toString);
        }
    }

    @Test
    void probesReachBothEnds() throws Throwable {
        requireAtBothEnds(PROBING, 1, KernelOption.SO_KEEPALIVE);
        requireAtBothEnds(PROBING, 7, KernelOption.TCP_KEEPIDLE);
        requireAtBothEnds(PROBING, 8, KernelOption.TCP_KEEPINTVL);
        requireAtBothEnds(PROBING, 9, KernelOption.TCP_KEEPCNT);
    }

    @Test
    void zeroKeepsTheKernelsDefault() throws Throwable {
        var only = SocketOptions.DEFAULT.withKeepAlive(Duration.ZERO, Duration.ofSeconds(8), 0);
        requireAtBothEnds(only, 7200, KernelOption.TCP_KEEPIDLE);
        requireAtBothEnds(only, 8, KernelOption.TCP_KEEPINTVL);
    }

    @Test
    void probesWithoutKeepAliveHaveNoEffect() throws Throwable {
        requireAtBothEnds(PROBING.withKeepAlive(false), 0, KernelOption.SO_KEEPALIVE);
    }

    @Test
    void userTimeoutReachesBothEndsOrIsRefused() throws Throwable {
        if (kernel == Kernel.NIO) requireRefused("userTimeout", PATIENT);
        else requireAtBothEnds(PATIENT, 12_345, KernelOption.TCP_USER_TIMEOUT);
    }

    @Test
    void fastOpenReachesListenerAndClientOrIsRefused() throws Throwable {
        if (kernel == Kernel.NIO) {
            requireRefused("fastOpen", FAST);
            return;
        }
        assumeTrue(allowsFastOpen(), "net.ipv4.tcp_fastopen is off");
        try (Acceptor acceptor = driver.listen(Loopback.anyPort(), 5, FAST)) {
            assertEquals(List.of(5), KernelOption.TCP_FASTOPEN.ofNew(before, true));
            try (Channel here = driver.connect(acceptor.localAddress(), null, FAST)) {
                assertEquals(List.of(1), KernelOption.TCP_FASTOPEN_CONNECT.ofNew(before, false));
                Loopback.write(here, (byte) 7);
                try (Channel there = acceptor.accept()) {
                    assertEquals(7, Loopback.read(there));
                    Loopback.write(there, (byte) 8);
                    assertEquals(8, Loopback.read(here));
                }
            }
        }
    }

    private static boolean allowsFastOpen() throws IOException {
        String flags = Files.readString(Path.of("/proc/sys/net/ipv4/tcp_fastopen")).strip();
        return (Integer.parseInt(flags) & 1) != 0;
    }

    private void requireRefused(String option, SocketOptions options) throws Exception {
        for (var call :
                List.<ThrowingCall>of(
                        () -> driver.listen(Loopback.anyPort(), 5, options),
                        () -> driver.connect(Loopback.unusedPort(), null, options))) {
            var e = assertThrows(UnsupportedOperationException.class, call::run);
            assertTrue(e.getMessage().contains(option), e::toString);
            assertTrue(e.getMessage().contains("epoll"), e::toString);
        }
        assertEquals(before, KernelOption.openSockets());
    }

    private interface ThrowingCall {
        Object run() throws Exception;
    }

    @Test
    void listenersShareAPortIfBothAllowIt() throws Exception {
        var sharing = SocketOptions.DEFAULT.withReusePort(true);
        try (Acceptor one = driver.listen(Loopback.anyPort(), 5, sharing)) {
            SocketAddress address = one.localAddress();
            try (Acceptor two = driver.listen(address, 5, sharing)) {
                assertEquals(address, two.localAddress());
            }
            assertThrows(BindException.class, () -> driver.listen(address, 5));
        }
    }
}
