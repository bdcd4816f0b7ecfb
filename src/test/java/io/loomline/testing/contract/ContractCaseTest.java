package io.loomline.testing.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Channel;
import io.loomline.driver.memory.MemoryPair;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.HashSet;
import java.util.function.UnaryOperator;

/** The contract detects faults: each fault fails the case with the matching name. */
class ContractCaseTest {
    private static final SocketAddress FIRST = InetSocketAddress.createUnresolved("peer", 1);
    private static final SocketAddress SECOND = InetSocketAddress.createUnresolved("peer", 2);

    private static ChannelPair.Source with(UnaryOperator<Channel> fault) {
        return () -> {
            var pair = MemoryPair.open(64, FIRST, SECOND);
            return new ChannelPair(fault.apply(pair.first()), fault.apply(pair.second()));
        };
    }

    /** The message of the case that detects the fault. */
    private static String messageOf(String caseName, UnaryOperator<Channel> fault) {
        ContractCase broken =
                ChannelContract.cases(with(fault)).stream()
                        .filter(rule -> rule.name().equals(caseName))
                        .findFirst()
                        .orElseThrow();
        return assertThrows(AssertionError.class, broken::run).getMessage();
    }

    private static void assertDetects(
            String caseName, UnaryOperator<Channel> fault, String expectedAndActual) {
        String message = messageOf(caseName, fault);
        assertTrue(message.contains(expectedAndActual), () -> message);
    }

    @Test
    void namesAreUnique() {
        var cases = ChannelContract.cases(with(delegate -> delegate));
        var names = new HashSet<>(cases.stream().map(ContractCase::name).toList());
        assertEquals(cases.size(), names.size());
    }

    @Test
    void detectsAWrongByte() {
        assertDetects(
                "bytes arrive in order",
                delegate ->
                        new FaultyChannel(delegate) {
                            @Override
                            public int tryRead(ByteBuffer target) throws IOException {
                                int start = target.position();
                                int moved = delegate.tryRead(target);
                                if (moved > 0) target.put(start, (byte) -1);
                                return moved;
                            }
                        },
                "expected 0 at 0 of 10000 bytes, but was -1 at 0");
    }

    @Test
    void detectsAWrongCount() {
        assertDetects(
                "tryWrite consumes as many bytes as it returns",
                delegate ->
                        new FaultyChannel(delegate) {
                            @Override
                            public int tryWrite(ByteBuffer source) throws IOException {
                                return delegate.tryWrite(source) + 1;
                            }
                        },
                "the result of tryWrite: expected 64, but was 65");
    }

    @Test
    void detectsAnEndThatIsReportedOnce() {
        assertDetects(
                "the end follows the bytes and repeats",
                delegate ->
                        new FaultyChannel(delegate) {
                            private boolean seen;

                            @Override
                            public int tryRead(ByteBuffer target) throws IOException {
                                int moved = delegate.tryRead(target);
                                if (moved >= 0) return moved;
                                boolean first = !seen;
                                seen = true;
                                return first ? -1 : 0;
                            }
                        },
                "tryRead after the end: expected -1, but was -2");
    }

    @Test
    void detectsALocalCloseReportedAsTheEnd() {
        assertDetects(
                "a closed channel rejects every call",
                delegate ->
                        new FaultyChannel(delegate) {
                            @Override
                            public int tryRead(ByteBuffer target) throws IOException {
                                try {
                                    return delegate.tryRead(target);
                                } catch (ClosedChannelException e) {
                                    return -1;
                                }
                            }
                        },
                "expected java.nio.channels.ClosedChannelException, but it returned -1");
    }

    @Test
    void detectsAnInterruptStatusThatIsNotCleared() {
        assertDetects(
                "awaitReadable throws if already interrupted",
                delegate ->
                        new FaultyChannel(delegate) {
                            @Override
                            public void awaitReadable() throws InterruptedException {
                                try {
                                    delegate.awaitReadable();
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                    throw e;
                                }
                            }
                        },
                "expected false, but was true");
    }

    @Test
    void detectsATryThatClearsTheInterruptStatus() {
        assertDetects(
                "tryRead, tryWrite and close ignore interrupts",
                delegate ->
                        new FaultyChannel(delegate) {
                            @Override
                            public int tryRead(ByteBuffer target) throws IOException {
                                Thread.interrupted();
                                return delegate.tryRead(target);
                            }
                        },
                "expected true, but was false");
    }

    @Test
    void detectsAnAbortThatIsOnlyAClose() {
        assertDetects(
                "after an abort, the peer reads the bytes, then an error",
                delegate ->
                        new FaultyChannel(delegate) {
                            @Override
                            public void abort() {
                                delegate.close();
                            }
                        },
                "expected java.io.IOException, but it returned 1000 bytes, then the end");
    }

    @Test
    void detectsAWrongAddress() {
        assertDetects(
                "the addresses mirror each other",
                delegate ->
                        new FaultyChannel(delegate) {
                            @Override
                            public SocketAddress remoteAddress() {
                                return delegate.localAddress();
                            }
                        },
                "the first's peer while open");
    }

    @Test
    @Tag("slow")
    void detectsAReaderThatIsNotWoken() {
        assertDetects(
                "close wakes the local reader",
                delegate ->
                        new FaultyChannel(delegate) {
                            @Override
                            public void close() {}
                        },
                "reader: expected to end, but hangs in");
    }
}
