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

/** The contract finds what it is there to find: each fault fails the case that names it. */
class ContractCaseTest {
    private static final SocketAddress FIRST = InetSocketAddress.createUnresolved("peer", 1);
    private static final SocketAddress SECOND = InetSocketAddress.createUnresolved("peer", 2);

    private static ChannelPair.Source with(UnaryOperator<Channel> fault) {
        return () -> {
            var pair = MemoryPair.open(64, FIRST, SECOND);
            return new ChannelPair(fault.apply(pair.first()), fault.apply(pair.second()));
        };
    }

    /** What the case says of the fault. */
    private static String found(String caseName, UnaryOperator<Channel> fault) {
        ContractCase broken =
                ChannelContract.cases(with(fault)).stream()
                        .filter(one -> one.name().equals(caseName))
                        .findFirst()
                        .orElseThrow();
        return assertThrows(AssertionError.class, broken::run).getMessage();
    }

    private static void assertFound(
            String caseName, UnaryOperator<Channel> fault, String expectedAndActual) {
        String message = found(caseName, fault);
        assertTrue(message.contains(expectedAndActual), () -> message);
    }

    @Test
    void namesAreUnique() {
        var cases = ChannelContract.cases(with(sound -> sound));
        var names = new HashSet<>(cases.stream().map(ContractCase::name).toList());
        assertEquals(cases.size(), names.size());
    }

    @Test
    void findsAWrongByte() {
        assertFound(
                "bytes arrive in order",
                sound ->
                        new FaultyChannel(sound) {
                            @Override
                            public int tryRead(ByteBuffer target) throws IOException {
                                int start = target.position();
                                int moved = sound.tryRead(target);
                                if (moved > 0) target.put(start, (byte) -1);
                                return moved;
                            }
                        },
                "expected 0 at 0 of 10000 bytes, but was -1 at 0");
    }

    @Test
    void findsAWrongCount() {
        assertFound(
                "tryWrite consumes as many bytes as it returns",
                sound ->
                        new FaultyChannel(sound) {
                            @Override
                            public int tryWrite(ByteBuffer source) throws IOException {
                                return sound.tryWrite(source) + 1;
                            }
                        },
                "bytes taken: expected 64, but was 65");
    }

    @Test
    void findsAnEndThatIsSeenOnce() {
        assertFound(
                "the end follows the bytes and repeats",
                sound ->
                        new FaultyChannel(sound) {
                            private boolean seen;

                            @Override
                            public int tryRead(ByteBuffer target) throws IOException {
                                int moved = sound.tryRead(target);
                                if (moved >= 0) return moved;
                                boolean first = !seen;
                                seen = true;
                                return first ? -1 : 0;
                            }
                        },
                "tryRead after the end: expected -1, but was -2");
    }

    @Test
    void findsAnOwnCloseThatLooksLikeTheEnd() {
        assertFound(
                "a closed channel rejects every call",
                sound ->
                        new FaultyChannel(sound) {
                            @Override
                            public int tryRead(ByteBuffer target) throws IOException {
                                try {
                                    return sound.tryRead(target);
                                } catch (ClosedChannelException e) {
                                    return -1;
                                }
                            }
                        },
                "expected java.nio.channels.ClosedChannelException, but it returned -1");
    }

    @Test
    void findsAnInterruptThatStays() {
        assertFound(
                "awaitReadable throws if already interrupted",
                sound ->
                        new FaultyChannel(sound) {
                            @Override
                            public void awaitReadable() throws InterruptedException {
                                try {
                                    sound.awaitReadable();
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                    throw e;
                                }
                            }
                        },
                "expected false, but was true");
    }

    @Test
    void findsATryThatTakesTheInterrupt() {
        assertFound(
                "tryRead, tryWrite and close ignore interrupts",
                sound ->
                        new FaultyChannel(sound) {
                            @Override
                            public int tryRead(ByteBuffer target) throws IOException {
                                Thread.interrupted();
                                return sound.tryRead(target);
                            }
                        },
                "expected true, but was false");
    }

    @Test
    void findsAnAbortThatIsOnlyAClose() {
        assertFound(
                "after an abort, the peer reads the bytes, then an error",
                sound ->
                        new FaultyChannel(sound) {
                            @Override
                            public void abort() {
                                sound.close();
                            }
                        },
                "expected java.io.IOException, but it returned 1000 bytes, then the end");
    }

    @Test
    void findsAnAddressThatIsLost() {
        assertFound(
                "the addresses mirror each other",
                sound ->
                        new FaultyChannel(sound) {
                            @Override
                            public SocketAddress remoteAddress() {
                                return sound.localAddress();
                            }
                        },
                "the first's peer while open");
    }

    @Test
    @Tag("slow")
    void findsAReaderThatIsNotWoken() {
        assertFound(
                "close wakes the local reader",
                sound ->
                        new FaultyChannel(sound) {
                            @Override
                            public void close() {}
                        },
                "reader: expected to end, but hangs in");
    }
}
