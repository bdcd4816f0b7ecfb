package io.loomline.testing.contract;

import static io.loomline.testing.contract.ContractFixture.tests;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.probe.Kernel;
import io.loomline.probe.LoopbackAddress;
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
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The contract over every kind of connection in Loomline. */
class ConnectionContractTest {
    /** Bulk data is smaller where nearly every byte, or every chunk, wakes another thread. */
    private static final int BULK_PER_BYTE = 4 * 1024;

    private static final int BULK_PER_CHUNK = 128 * 1024;

    private static ConnectionPair.Source memory(int bufferBytes, UnaryOperator<Channel> fault) {
        return () -> {
            var pair = ContractFixture.memory(bufferBytes);
            return connect(fault.apply(pair.first()), fault.apply(pair.second()));
        };
    }

    private static ConnectionPair connect(Channel first, Channel second) {
        return new ConnectionPair(
                Connection.over(first, SystemClock.INSTANCE),
                Connection.over(second, SystemClock.INSTANCE));
    }

    /** Gives each channel its own seed, the same in every run. */
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
        return tests(ConnectionContract.cases(pairs, BULK_PER_BYTE));
    }

    @TestFactory
    Stream<DynamicTest> memoryInLockStep() {
        return tests(ConnectionContract.cases(() -> ConnectionPair.open(0), BULK_PER_CHUNK));
    }

    @TestFactory
    Stream<DynamicTest> faultyMemory() {
        return tests(ConnectionContract.cases(memory(5_000, seeded(1)), BULK_PER_CHUNK));
    }

    @TestFactory
    @Tag("stress")
    Stream<DynamicTest> faultyMemoryWithManySeeds() {
        return LongStream.range(2, 100)
                .boxed()
                .flatMap(seed ->
                        tests(
                                ConnectionContract.cases(
                                        memory((int) (seed * 97 % 9_000), seeded(seed)),
                                        BULK_PER_CHUNK)));
    }

    /** Sockets of the kernel. */
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
            tcp = driver.listen(LoopbackAddress.of(0), 50);
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
            return tests(ConnectionContract.cases(over(tcp, seeded(1_000)), BULK_PER_CHUNK));
        }
    }
}
