package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.connect.ConnectFailedException.Attempt;
import io.loomline.probe.Call;
import io.loomline.probe.FakeDriver;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** The type of each cause tells why the attempt failed, and messages name every address once. */
@ParameterizedClass
@EnumSource(Kernel.class)
class FailedAttemptTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Kernel kernel;

    private Runtime runtime;

    @BeforeEach
    void open() {
        runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(kernel.newDriver()));
    }

    @AfterEach
    void close() {
        if (runtime != null) runtime.close();
    }

    private ConnectFailedException failure(String host, int port, ConnectOptions options) {
        return assertThrows(
                ConnectFailedException.class, () -> runtime.connect(host, port, options));
    }

    private static int unusedPort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void assertOnlyCause(Class<?> expected, ConnectFailedException e) {
        assertEquals(1, e.attempts().size(), e::toString);
        assertSame(expected, e.attempts().getFirst().cause().getClass(), e::toString);
    }

    @Test
    void refusalIsAConnectExceptionForEveryAddress() throws Exception {
        int port = unusedPort();
        var options =
                ConnectOptions.DEFAULT.withResolver(
                        StagedNetwork.resolver("127.0.0.2", "127.0.0.3"));
        var e = failure("several.test", port, options);
        assertEquals(2, e.attempts().size());
        for (Attempt attempt : e.attempts()) {
            assertSame(ConnectException.class, attempt.cause().getClass());
        }
        assertEquals(
                "cannot connect to several.test:%d: 127.0.0.2:%d: Connection refused; 127.0.0.3:%d: Connection refused"
                        .formatted(port, port, port),
                e.getMessage());
    }

    @Test
    void addressThatIsTheTargetIsNamedOnce() throws Exception {
        int port = unusedPort();
        String refused = "cannot connect to %s:" + port + ": Connection refused";
        var four = failure("127.0.0.1", port, ConnectOptions.DEFAULT);
        assertOnlyCause(ConnectException.class, four);
        assertEquals(refused.formatted("127.0.0.1"), four.getMessage());
        var six = failure("::1", port, ConnectOptions.DEFAULT);
        assertEquals(refused.formatted("[::1]"), six.getMessage());
    }

    @Test
    void unixSocketIsNamedOnce(@TempDir Path directory) {
        var address = UnixDomainSocketAddress.of(directory.resolve("missing"));
        var e = assertThrows(ConnectFailedException.class, () -> runtime.connect(address));
        assertEquals(2, e.getMessage().split("missing", -1).length, e::toString);
    }

    @Test
    void proxyThatRefusesIsNamedOnce() throws Exception {
        int port = unusedPort();
        var options = ConnectOptions.DEFAULT.withProxy(Proxy.http("127.0.0.1", port));
        var e = failure("far.test", 443, options);
        assertOnlyCause(ConnectException.class, e);
        assertEquals(
                "cannot connect to far.test:443 through HTTP proxy 127.0.0.1:"
                        + port
                        + ": Connection refused",
                e.getMessage());
    }

    @Test
    void proxyWithoutAddressIsAnUnknownHostException() {
        var unknown =
                ConnectOptions.DEFAULT
                        .withProxy(Proxy.socks5("proxy.test", 1080))
                        .withResolver(host -> {
                            throw new UnknownHostException(host + ": Name or service not known");
                        });
        var e = failure("far.test", 443, unknown);
        assertOnlyCause(UnknownHostException.class, e);
        assertEquals(
                "cannot connect to far.test:443 through SOCKS5 proxy proxy.test:1080:"
                        + " cannot resolve host 'proxy.test': Name or service not known",
                e.getMessage());
    }

    @Test
    void unusableLocalAddressIsABindException() throws Exception {
        var foreign = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0);
        var options = ConnectOptions.DEFAULT.withLocalAddress(foreign);
        assertOnlyCause(BindException.class, failure("127.0.0.1", unusedPort(), options));
    }

    /** TCP has no multicast, so the kernel has no route for it on any machine. */
    @Test
    void unreachableNetworkIsASocketException() {
        assertOnlyCause(SocketException.class, failure("224.0.0.1", 9, ConnectOptions.DEFAULT));
    }

    @Test
    void causeOfTheDriverIsKept() {
        var failing =
                new FakeDriver(_ -> {
                    throw new NoRouteToHostException("No route to host");
                });
        try (var other = Runtime.open(RuntimeOptions.DEFAULT.withDriver(failing))) {
            var e = assertThrows(ConnectFailedException.class, () -> other.connect("10.0.0.1", 80));
            assertOnlyCause(NoRouteToHostException.class, e);
        }
    }

    @Test
    void attemptWithoutAnswerIsASocketTimeoutException() throws Exception {
        var clock = new ManualClock();
        var network = new StagedNetwork();
        var options =
                ConnectOptions.DEFAULT.withResolver(StagedNetwork.resolver("10.0.0.1", "10.0.0.2"));
        try (var staged =
                Runtime.open(
                        RuntimeOptions.DEFAULT.withDriver(network.driver()).withClock(clock))) {
            var call = Call.of(() -> staged.connect("several.test", 80, options));
            network.refuses("10.0.0.1");
            network.awaitTried("10.0.0.1", "10.0.0.2");
            clock.advance(Duration.ofSeconds(10));
            var e = call.failure(SocketTimeoutException.class);
            List<Throwable> attempts = Arrays.asList(e.getSuppressed());
            assertInstanceOf(ConnectException.class, attempts.get(0).getCause());
            assertInstanceOf(SocketTimeoutException.class, attempts.get(1).getCause());
        }
    }
}
