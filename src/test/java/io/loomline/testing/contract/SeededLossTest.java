package io.loomline.testing.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.driver.memory.MemoryPair;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Random;

/** A channel that is lost after so many bytes: whole lines, in order, then the loss, for ever. */
class SeededLossTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int MOST_BYTES = 20_000;

    @Test
    void linesComeWholeAndInOrderAndThenTheLoss() throws Exception {
        for (long seed = 0; seed < 60; seed++) loseAt(seed);
    }

    @Test
    @Tag("stress")
    void linesComeWholeAndInOrderAndThenTheLossForManySeeds() throws Exception {
        for (long seed = 100; seed < 5_000; seed++) loseAt(seed);
    }

    private static void loseAt(long seed) throws Exception {
        var random = new Random(seed);
        var channels = MemoryPair.open(random.nextInt(9_000), address(1), address(2));
        var lossy = new SeededChannel(channels.first(), seed, random.nextInt(MOST_BYTES));
        var here = Connection.over(lossy, SystemClock.INSTANCE);
        var there = Connection.over(channels.second(), SystemClock.INSTANCE);
        var peer = Call.of(() -> talk(there));
        var reader = Call.of(() -> readLines(there));
        var own = Call.of(() -> talk(here));
        var ownReader = Call.of(() -> readLines(here));
        for (var call : new Call<?>[] {peer, own, ownReader, reader}) call.result();
        for (int i = 0; i < 3; i++) {
            var e = assertThrows(IOException.class, here::readLine);
            assertFalse(e instanceof ConnectionClosedException, e::toString);
            assertThrows(IOException.class, () -> writeAndFlush(here));
        }
        here.close();
        there.close();
    }

    /** A half line is still unread, and what is written while input is here waits for more. */
    private static void writeAndFlush(Connection connection) throws Exception {
        connection.write("more");
        connection.flush();
    }

    /** Writes on until the loss. */
    private static int talk(Connection connection) throws InterruptedException {
        int line = 0;
        try {
            while (true) connection.writeLine("line " + line++);
        } catch (IOException e) {
            assertFalse(e instanceof ConnectionClosedException, e::toString);
            return line;
        }
    }

    private static int readLines(Connection connection) throws InterruptedException {
        int line = 0;
        try {
            while (true) assertEquals("line " + line++, connection.readLine());
        } catch (IOException e) {
            assertFalse(e instanceof ConnectionClosedException, e::toString);
            return line;
        }
    }

    private static InetSocketAddress address(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
