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
import io.loomline.tls.TlsPair;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** The contracts over TLS, from the client's side and from the server's. */
@ParameterizedClass
@EnumSource(TlsPair.Kind.class)
class TlsContractTest {
    /** Bulk data is smaller where nearly every chunk wakes another thread. */
    private static final int BULK_PER_CHUNK = 128 * 1024;

    @Parameter TlsPair.Kind kind;

    private List<ContractCase> known(List<ContractCase> cases) {
        return cases.stream().filter(rule -> kind.allows(rule.name())).toList();
    }

    private ChannelPair.Source memory(int bufferBytes) {
        return () -> {
            var pair = ContractFixture.memory(bufferBytes);
            return secured(pair.first(), pair.second());
        };
    }

    private ChannelPair secured(Channel first, Channel second) throws Exception {
        var pair = TlsPair.secure(kind, first, second);
        return new ChannelPair(pair.first(), pair.second());
    }

    private static ConnectionPair.Source connections(ChannelPair.Source channels) {
        return () -> {
            var pair = channels.open();
            return new ConnectionPair(
                    Connection.over(pair.first(), SystemClock.INSTANCE),
                    Connection.over(pair.second(), SystemClock.INSTANCE));
        };
    }

    @TestFactory
    Stream<DynamicTest> channelsOverMemory() {
        return tests(known(ChannelContract.cases(memory(64 * 1024))));
    }

    @TestFactory
    Stream<DynamicTest> channelsInLockStep() {
        return tests(known(ChannelContract.cases(memory(0), BULK_PER_CHUNK)));
    }

    @TestFactory
    Stream<DynamicTest> connectionsOverMemory() {
        return tests(known(ConnectionContract.cases(connections(memory(64 * 1024)))));
    }

    @TestFactory
    Stream<DynamicTest> connectionsInLockStep() {
        return tests(known(ConnectionContract.cases(connections(memory(0)), BULK_PER_CHUNK)));
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

        private ChannelPair connect() throws Exception {
            var first = driver.connect(acceptor.localAddress());
            return secured(first, acceptor.accept());
        }

        @TestFactory
        Stream<DynamicTest> channels() {
            return tests(known(ChannelContract.cases(this::connect)));
        }

        @TestFactory
        Stream<DynamicTest> connections() {
            return tests(
                    known(ConnectionContract.cases(TlsContractTest.connections(this::connect))));
        }
    }
}
