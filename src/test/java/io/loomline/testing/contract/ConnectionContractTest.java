package io.loomline.testing.contract;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.memory.MemoryPair;
import io.loomline.net.Connection;
import io.loomline.probe.Kernel;
import io.loomline.task.SystemClock;
import io.loomline.testing.ConnectionPair;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Runs the contract over every kind of connection that we bring. */
class ConnectionContractTest {
    /** Where nearly every byte, or every chunk, changes threads, a bulk is smaller. */
    private static final int BULK_BY_THE_BYTE = 4 * 1024;

    private static final int BULK_BY_THE_CHUNK = 128 * 1024;

    private static Stream<DynamicTest> tests(List<ContractCase> cases) {
        return cases.stream().map(one -> DynamicTest.dynamicTest(one.name(), one::run));
    }

    private static ConnectionPair.Source memory(int capacityBytes, UnaryOperator<Channel> fault) {
        return () -> {
            var pair = MemoryPair.open(capacityBytes, address(1), address(2));
            return connect(fault.apply(pair.first()), fault.apply(pair.second()));
        };
    }

    private static ConnectionPair connect(Channel first, Channel second) {
        return new ConnectionPair(
                Connection.over(first, SystemClock.INSTANCE),
                Connection.over(second, SystemClock.INSTANCE));
    }

    private static InetSocketAddress address(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Each channel that it makes is another one, and the same again in the next run. */
    private static UnaryOperator<Channel> seeded(long seed) {
        var next = new AtomicLong(seed << 32);
        return channel -> new SeededChannel(channel, next.getAndIncrement());
    }

    @TestFactory
    Stream<DynamicTest> memoryOf64KiB() {
        return tests(ConnectionContract.cases(ConnectionPair::open));
    }

    @TestFactory
    Stream<DynamicTest> memoryOfOneByte() {
        var pairs = memory(1, UnaryOperator.identity());
        return tests(ConnectionContract.cases(pairs, BULK_BY_THE_BYTE));
    }

    @TestFactory
    Stream<DynamicTest> memoryInLockStep() {
        return tests(ConnectionContract.cases(() -> ConnectionPair.open(0), BULK_BY_THE_CHUNK));
    }

    @TestFactory
    Stream<DynamicTest> faultyMemory() {
        return tests(ConnectionContract.cases(memory(5_000, seeded(1)), BULK_BY_THE_CHUNK));
    }

    @TestFactory
    @Tag("stress")
    Stream<DynamicTest> faultyMemoryInManyWays() {
        return LongStream.range(2, 100)
                .boxed()
                .flatMap(seed ->
                        tests(
                                ConnectionContract.cases(
                                        memory((int) (seed * 97 % 9_000), seeded(seed)),
                                        BULK_BY_THE_CHUNK)));
    }

    /** What the kernel connects. */
    @Nested
    @ParameterizedClass
    @EnumSource(Kernel.class)
    class Sockets {
        @Parameter Kernel kernel;
        @TempDir Path directory;

        private Driver driver;
        private Acceptor tcp;
        private Acceptor unix;

        @BeforeEach
        void listen() throws IOException {
            driver = kernel.newDriver();
            tcp = driver.listen(address(0), 50);
            unix = driver.listen(UnixDomainSocketAddress.of(directory.resolve("socket")), 50);
        }

        @AfterEach
        void close() {
            driver.close();
        }

        private ConnectionPair.Source over(Acceptor acceptor, UnaryOperator<Channel> fault) {
            SocketAddress remote = acceptor.localAddress();
            return () -> {
                Channel first = driver.connect(remote);
                return connect(fault.apply(first), fault.apply(acceptor.accept()));
            };
        }

        @TestFactory
        Stream<DynamicTest> overTcp() {
            return tests(ConnectionContract.cases(over(tcp, UnaryOperator.identity())));
        }

        @TestFactory
        Stream<DynamicTest> overUnixSockets() {
            var pairs = over(unix, UnaryOperator.identity());
            return tests(ConnectionContract.casesWithoutLosses(pairs, 1 << 20));
        }

        @TestFactory
        Stream<DynamicTest> overFaultyTcp() {
            return tests(ConnectionContract.cases(over(tcp, seeded(1_000)), BULK_BY_THE_CHUNK));
        }
    }
}
