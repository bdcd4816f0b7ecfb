package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Driver;
import io.loomline.driver.memory.MemoryDriver;
import io.loomline.probe.Call;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Random;

/**
 * A peer sends rows, then ends its output or resets the connection, at any point of the other
 * side's work. The reader sees all rows and the end, or an error, but never an end after a reset.
 */
@ParameterizedClass
@EnumSource
class CutStreamChaosTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int MOST_ROWS = 30;
    private static final int MOST_SPINS = 30_000;

    enum Network {
        NIO,
        EPOLL,
        MEMORY;

        Driver newDriver() {
            return this == MEMORY ? new MemoryDriver() : Kernel.valueOf(name()).newDriver();
        }
    }

    /** The path between the sending and the reading peer. */
    private enum Style {
        ANSWERING,
        TWO_TASKS,
        RELAY
    }

    private enum End {
        END,
        LOSS
    }

    /** Two connections to each other, by the driver under test. */
    private record Pair(Connection here, Connection there) implements AutoCloseable {
        @Override
        public void close() {
            here.abort();
            there.abort();
        }
    }

    @Parameter Network network;

    private Driver driver;
    private Acceptor acceptor;

    @AfterEach
    void close() {
        acceptor.close();
        driver.close();
    }

    @Test
    void resetIsNeverReportedAsTheEnd() throws Exception {
        run(0, 50);
    }

    @ParameterizedTest
    @ValueSource(longs = {10_000, 20_000, 30_000, 40_000})
    @Tag("slow")
    void resetIsNeverReportedAsTheEndInManyScenarios(long firstSeed) throws Exception {
        run(firstSeed, 2_500);
    }

    private void run(long firstSeed, int scenarios) throws Exception {
        driver = network.newDriver();
        acceptor = driver.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        for (long seed = firstSeed; seed < firstSeed + scenarios; seed++) run(seed);
    }

    private Pair connect() throws Exception {
        var here = Connection.over(driver.connect(acceptor.localAddress()), SystemClock.INSTANCE);
        return new Pair(here, Connection.over(acceptor.accept(), SystemClock.INSTANCE));
    }

    private void run(long seed) throws Exception {
        var random = new Random(seed);
        Style style = Style.values()[random.nextInt(Style.values().length)];
        End expected = random.nextInt(4) == 0 ? End.END : End.LOSS;
        int rows = random.nextInt(MOST_ROWS);
        int spins = random.nextInt(MOST_SPINS);
        try (Pair pair = connect()) {
            var peer = Call.running(() -> send(pair.there(), rows, spins, expected));
            String what = network + ", seed " + seed + ", " + style;
            End end =
                    switch (style) {
                        case ANSWERING -> answer(pair.here(), rows);
                        case TWO_TASKS -> readBesideAWriter(pair.here(), rows);
                        case RELAY -> relay(pair.here(), rows);
                    };
            assertEquals(expected, end, what);
            pair.here().close();
            peer.result();
        }
    }

    /** Reads the answers too, so that only the peer's own abort causes a reset. */
    private static void send(Connection peer, int rows, int spins, End end) throws Exception {
        peer.write("a row of the table\n".repeat(rows));
        for (int i = 0; i < spins; i++) Thread.onSpinWait();
        if (end == End.LOSS) {
            peer.abort();
            return;
        }
        peer.shutdownOutput();
        try {
            while (peer.read(1_000).length > 0) {}
        } catch (IOException e) {
            // the far peer is gone
        }
    }

    /** A handler that continues to read after its answers fail. */
    private static End answer(Connection own, int rows) throws Exception {
        boolean answering = true;
        for (int row = 0; ; row++) {
            try {
                String line = own.readLine();
                if (line == null) return requireAll(rows, row);
                if (answering) own.writeLine(line);
            } catch (IOException e) {
                if (!answering) return End.LOSS;
                answering = false;
                row--; // the write failed, or the next read fails again
            }
        }
    }

    private static End requireAll(int rows, int row) {
        assertEquals(rows, row, "rows before the end");
        return End.END;
    }

    private static End readBesideAWriter(Connection own, int rows) throws Exception {
        var writer = Call.running(() -> writeOn(own));
        try {
            int row = 0;
            while (own.readLine() != null) row++;
            return requireAll(rows, row);
        } catch (IOException e) {
            return End.LOSS;
        } finally {
            writer.cancel();
            writer.awaitEnd();
        }
    }

    private static void writeOn(Connection own) throws InterruptedException {
        try {
            while (true) own.write("a line of the other task\n");
        } catch (IOException e) {
            // lost
        }
    }

    private End relay(Connection own, int rows) throws Exception {
        try (Pair far = connect()) {
            var running = Call.running(() -> relayAndClose(own, far.there()));
            var talking = Call.running(() -> writeOn(far.here()));
            try {
                int row = 0;
                while (far.here().readLine() != null) row++;
                return requireAll(rows, row);
            } catch (IOException e) {
                return End.LOSS;
            } finally {
                talking.cancel();
                talking.awaitEnd();
                far.here().abort();
                running.awaitEnd();
            }
        }
    }

    /** Closes both connections, as a server and its handler do. */
    private static void relayAndClose(Connection one, Connection other) throws Exception {
        try (one;
                other) {
            Relay.between(one, other).run();
        } catch (IOException e) {
            // the far peer gets an error
        }
    }
}
