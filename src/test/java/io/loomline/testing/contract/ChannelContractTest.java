package io.loomline.testing.contract;

import static io.loomline.testing.contract.ContractFixture.tests;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Driver;
import io.loomline.probe.Kernel;
import io.loomline.probe.LoopbackAddress;

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
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/** The contract over every kind of channel in Loomline. */
class ChannelContractTest {
    /** Bulk data is smaller where nearly every byte, or every chunk, wakes another thread. */
    private static final int BULK_PER_BYTE = 8 * 1024;

    private static final int BULK_PER_CHUNK = 256 * 1024;

    private static ChannelPair.Source memory(int bufferBytes) {
        return () -> {
            var pair = ContractFixture.memory(bufferBytes);
            return new ChannelPair(pair.first(), pair.second());
        };
    }

    @TestFactory
    Stream<DynamicTest> memoryOf64KiB() {
        return tests(ChannelContract.cases(memory(64 * 1024)));
    }

    @TestFactory
    Stream<DynamicTest> memoryOfOneByte() {
        return tests(ChannelContract.cases(memory(1), BULK_PER_BYTE));
    }

    @TestFactory
    Stream<DynamicTest> memoryInLockStep() {
        return tests(ChannelContract.cases(memory(0), BULK_PER_CHUNK));
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> memoryOfOneByteInBulk() {
        return tests(ChannelContract.cases(memory(1)));
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> memoryInLockStepInBulk() {
        return tests(ChannelContract.cases(memory(0)));
    }

    /** TCP on the loopback interface. */
    @Nested
    @ParameterizedClass
    @EnumSource(Kernel.class)
    class Tcp {
        @Parameter Kernel kernel;

        private Driver driver;
        private Acceptor acceptor;

        @BeforeEach
        void listen() throws IOException {
            driver = kernel.newDriver();
            acceptor = driver.listen(LoopbackAddress.of(0), 50);
        }

        @AfterEach
        void close() {
            driver.close();
        }

        @TestFactory
        Stream<DynamicTest> tcp() {
            return tests(ChannelContract.cases(this::connect));
        }

        @TestFactory
        Stream<DynamicTest> movedByTheKernel() {
            return tests(KernelCases.of(this::connect, BULK_PER_CHUNK));
        }

        private ChannelPair connect() throws IOException, InterruptedException {
            var first = driver.connect(acceptor.localAddress());
            return new ChannelPair(first, acceptor.accept());
        }
    }

    /** Unix-domain sockets. An abort is a reset only if the peer has sent bytes. */
    @Nested
    @ParameterizedClass
    @EnumSource(Kernel.class)
    class Unix {
        @Parameter Kernel kernel;

        private static final Set<String> NEEDS_A_RESET =
                Set.of(
                        "after an abort, the peer reads the bytes, then an error",
                        "abort wakes the peer's reader");

        @TempDir private Path directory;

        private Driver driver;
        private Acceptor acceptor;

        @BeforeEach
        void listen() throws IOException {
            driver = kernel.newDriver();
            var address = UnixDomainSocketAddress.of(directory.resolve("contract"));
            acceptor = driver.listen(address, 50);
        }

        @AfterEach
        void close() {
            acceptor.close();
            driver.close();
        }

        @TestFactory
        Stream<DynamicTest> unix() {
            var cases = ChannelContract.cases(this::connect);
            return tests(
                    cases.stream().filter(rule -> !NEEDS_A_RESET.contains(rule.name())).toList());
        }

        @TestFactory
        Stream<DynamicTest> movedByTheKernel() {
            return tests(KernelCases.of(this::connect, BULK_PER_CHUNK));
        }

        private ChannelPair connect() throws IOException, InterruptedException {
            var first = driver.connect(acceptor.localAddress());
            return new ChannelPair(first, acceptor.accept());
        }
    }
}
