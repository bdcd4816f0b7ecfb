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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The contracts over TLS, from the client's side and from the server's. Each pair costs a
 * handshake, so the cases that open hundreds of pairs run over one medium, and over all in the slow
 * suite.
 */
@ParameterizedClass
@EnumSource(TlsPair.Kind.class)
class TlsContractTest {
    /** Bulk data is smaller where nearly every chunk wakes another thread. */
    private static final int BULK_PER_CHUNK = 128 * 1024;

    /** The cases that open hundreds of pairs. */
    private static final Set<String> RACES =
            Set.of(
                    "two threads can close at once",
                    "close ends a racing reader",
                    "abort ends a racing reader",
                    "close ends a racing writer",
                    "a racing reset is never read as an end",
                    "close ends racing calls",
                    "abort ends racing calls",
                    "two closes can race",
                    "close can race shutdownOutput");

    /**
     * In lock step, a plain channel takes bytes only while the peer reads. TLS takes a record at
     * any time, and an abort drops it.
     */
    private static final Set<String> SENT_BEFORE_AN_ABORT =
            Set.of(
                    "after an abort, the peer reads the bytes, then an error",
                    "after a write fails with a reset, reads fail too",
                    "after a read fails with a reset, later reads fail too",
                    "tryRead, tryWrite and close ignore interrupts");

    /** They end when the last message could not be delivered for 3 s. */
    private static final Set<String> WAITS_FOR_A_DEAF_PEER =
            Set.of(
                    "a channel with unread input can be closed",
                    "close wakes the peer's writer",
                    "writes to a closed peer keep failing");

    @Parameter TlsPair.Kind kind;

    private Stream<DynamicTest> single(List<ContractCase> cases) {
        return tests(allowed(cases).filter(rule -> !RACES.contains(rule.name())).toList());
    }

    private Stream<DynamicTest> races(List<ContractCase> cases) {
        return tests(allowed(cases).filter(rule -> RACES.contains(rule.name())).toList());
    }

    private Stream<ContractCase> allowed(List<ContractCase> cases) {
        return cases.stream().filter(rule -> kind.allows(rule.name()));
    }

    private static List<ContractCase> without(Set<String> names, List<ContractCase> cases) {
        return cases.stream().filter(rule -> !names.contains(rule.name())).toList();
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

    private List<ContractCase> channelsInLockStep() {
        return without(SENT_BEFORE_AN_ABORT, ChannelContract.cases(memory(0), BULK_PER_CHUNK));
    }

    @TestFactory
    Stream<DynamicTest> channelsOverMemory() {
        return single(ChannelContract.cases(memory(64 * 1024)));
    }

    @TestFactory
    Stream<DynamicTest> channelsOverLockStep() {
        return single(without(WAITS_FOR_A_DEAF_PEER, channelsInLockStep()));
    }

    @TestFactory
    Stream<DynamicTest> connectionsOverMemory() {
        return single(ConnectionContract.cases(connections(memory(64 * 1024))));
    }

    @TestFactory
    Stream<DynamicTest> connectionsOverLockStep() {
        return single(ConnectionContract.cases(connections(memory(0)), BULK_PER_CHUNK));
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> deafPeersInLockStep() {
        return tests(
                channelsInLockStep().stream()
                        .filter(rule -> WAITS_FOR_A_DEAF_PEER.contains(rule.name()))
                        .toList());
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> racesInMemory() {
        return Stream.of(
                        ChannelContract.cases(memory(64 * 1024)),
                        channelsInLockStep(),
                        ConnectionContract.cases(connections(memory(64 * 1024))),
                        ConnectionContract.cases(connections(memory(0))))
                .flatMap(this::races);
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

        private List<ContractCase> connectionCases() {
            return ConnectionContract.cases(TlsContractTest.connections(this::connect));
        }

        @TestFactory
        Stream<DynamicTest> channels() {
            return single(ChannelContract.cases(this::connect));
        }

        @TestFactory
        Stream<DynamicTest> connections() {
            return single(connectionCases());
        }

        @TestFactory
        @Tag("slow")
        Stream<DynamicTest> racesOverTcp() {
            return Stream.of(ChannelContract.cases(this::connect), connectionCases())
                    .flatMap(TlsContractTest.this::races);
        }
    }
}
