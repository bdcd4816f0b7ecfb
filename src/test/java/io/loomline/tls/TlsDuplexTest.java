package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.memory.MemoryPair;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.task.SystemClock;
import io.loomline.tls.TlsPair.Kind;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;

/** Both sides write and read at once: no byte is lost, doubled or changed. */
@ParameterizedClass
@EnumSource
class TlsDuplexTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int MOST_WRITTEN = 70_000;
    private static final int MOST_SPINS = 3_000;

    @Parameter Kind kind;

    /** Two connections with TLS between them. */
    private record Pair(Connection first, Connection second) implements AutoCloseable {
        static Pair over(Kind kind, Channel first, Channel second) throws Exception {
            var pair = TlsPair.secure(kind, first, second);
            return new Pair(
                    Connection.over(pair.first(), SystemClock.INSTANCE),
                    Connection.over(pair.second(), SystemClock.INSTANCE));
        }

        static Pair inMemory(Kind kind, int bufferBytes) throws Exception {
            var pair = MemoryPair.open(bufferBytes, LoopbackAddress.of(1), LoopbackAddress.of(2));
            return over(kind, pair.first(), pair.second());
        }

        @Override
        public void close() {
            first.abort();
            second.abort();
        }
    }

    private static byte byteAt(long position) {
        return (byte) (position * 31 + (position >> 8));
    }

    private static byte[] bytesAt(long position, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = byteAt(position + i);
        return bytes;
    }

    private static void writeAll(Connection connection, long total, long seed) throws Exception {
        var random = new Random(seed);
        for (long sent = 0; sent < total; ) {
            int length = (int) Math.min(total - sent, 1 + random.nextInt(MOST_WRITTEN));
            connection.write(bytesAt(sent, length));
            sent += length;
        }
        connection.flush();
    }

    private static void readAll(Connection connection, long total, long seed) throws Exception {
        var random = new Random(seed);
        for (long read = 0; read < total; ) {
            int most = (int) Math.min(total - read, 1 + random.nextInt(MOST_WRITTEN));
            read += check(connection.read(most), read);
        }
    }

    private static int check(byte[] bytes, long position) {
        assertTrue(bytes.length > 0, () -> "the end at " + position);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != byteAt(position + i)) {
                throw new AssertionError("another byte at " + (position + i));
            }
        }
        return bytes.length;
    }

    private static void exchange(Pair pair, long total) throws Exception {
        List<Call<Boolean>> calls = new ArrayList<>();
        calls.add(Call.running(() -> writeAll(pair.first, total, 1)));
        calls.add(Call.running(() -> writeAll(pair.second, total, 2)));
        calls.add(Call.running(() -> readAll(pair.first, total, 3)));
        calls.add(Call.running(() -> readAll(pair.second, total, 4)));
        for (var call : calls) call.result();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 5_000, 65_536})
    void bothWaysOverMemory(int bufferBytes) throws Exception {
        try (var pair = Pair.inMemory(kind, bufferBytes)) {
            exchange(pair, bufferBytes == 100 ? 200_000 : 1 << 20);
        }
    }

    @Test
    void bothWaysByteByByte() throws Exception {
        try (var pair = Pair.inMemory(kind, 1)) {
            exchange(pair, 3_000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void bothWaysOverTcp(Kernel kernel) throws Exception {
        overTcp(kernel, pair -> exchange(pair, 1 << 20));
    }

    @ParameterizedTest
    @EnumSource
    @Tag("stress")
    void bothWaysOverTcpForLong(Kernel kernel) throws Exception {
        overTcp(kernel, pair -> exchange(pair, 256L << 20));
    }

    private interface Use {
        void with(Pair pair) throws Exception;
    }

    private void overTcp(Kernel kernel, Use use) throws Exception {
        try (Driver driver = kernel.newDriver();
                var acceptor = driver.listen(LoopbackAddress.of(0), 1)) {
            var first = driver.connect(acceptor.localAddress());
            try (var pair = Pair.over(kind, first, acceptor.accept())) {
                use.with(pair);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 65_536})
    void cancelledCallsLoseNothingOverMemory(int bufferBytes) throws Exception {
        try (var pair = Pair.inMemory(kind, bufferBytes)) {
            cancelCalls(pair, 40);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 65_536})
    @Tag("stress")
    void cancelledCallsLoseNothingInManyRounds(int bufferBytes) throws Exception {
        try (var pair = Pair.inMemory(kind, bufferBytes)) {
            cancelCalls(pair, 3_000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void cancelledCallsLoseNothingOverTcp(Kernel kernel) throws Exception {
        overTcp(kernel, pair -> cancelCalls(pair, 40));
    }

    @ParameterizedTest
    @EnumSource
    @Tag("stress")
    void cancelledCallsLoseNothingOverTcpInManyRounds(Kernel kernel) throws Exception {
        overTcp(kernel, pair -> cancelCalls(pair, 3_000));
    }

    private static void cancelCalls(Pair pair, int writes) throws Exception {
        var written = new CyclicBarrier(2);
        var calls =
                List.of(
                        Call.running(() -> {
                            writeInCancelledCalls(pair.first, writes, 1);
                            written.await(); // TLS 1.2 allows no data after the peer's end
                            pair.first.shutdownOutput();
                        }),
                        Call.running(() -> {
                            writeInCancelledCalls(pair.second, writes, 2);
                            written.await();
                            pair.second.shutdownOutput();
                        }),
                        Call.running(() -> readInCancelledCalls(pair.first, 3)),
                        Call.running(() -> readInCancelledCalls(pair.second, 4)));
        for (var call : calls) call.result();
    }

    /** A write of less than the buffer is taken whole, or not at all if it was cancelled. */
    private static void writeInCancelledCalls(Connection connection, int writes, long seed)
            throws Exception {
        var random = new Random(seed);
        long taken = 0;
        for (int i = 0; i < writes; i++) {
            byte[] bytes = bytesAt(taken, 1 + random.nextInt(20_000));
            var call = Call.running(() -> connection.write(bytes));
            cancelSoon(call, random);
            if (resultOf(call).isPresent()) taken += bytes.length;
            assertEquals(taken, connection.bytesWritten());
        }
        connection.flush();
    }

    private static void readInCancelledCalls(Connection connection, long seed) throws Exception {
        var random = new Random(seed);
        long read = 0;
        while (true) {
            int most = 1 + random.nextInt(20_000);
            var call = Call.of(() -> connection.read(most));
            cancelSoon(call, random);
            var result = resultOf(call);
            if (result.isEmpty()) continue;
            byte[] bytes = result.get();
            if (bytes.length == 0) break;
            read += check(bytes, read);
        }
        assertNull(connection.readLine());
        assertEquals(read, connection.bytesRead());
    }

    /** Empty if the call was cancelled. Does not spin, as many of these wait at once. */
    private static <T> Optional<T> resultOf(Call<T> call) throws Exception {
        try {
            return Optional.of(call.result());
        } catch (CancellationException e) {
            return Optional.empty();
        }
    }

    private static void cancelSoon(Call<?> call, Random random) {
        for (int i = random.nextInt(MOST_SPINS); i > 0; i--) Thread.onSpinWait();
        if (random.nextBoolean()) call.cancel();
    }
}
