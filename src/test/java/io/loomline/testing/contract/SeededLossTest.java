package io.loomline.testing.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.util.Random;

/** A channel that fails after some bytes: complete lines arrive in order, then every call fails. */
class SeededLossTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int MAX_BYTES = 20_000;

    @Test
    void completeLinesArriveInOrderBeforeTheFailure() throws Exception {
        for (long seed = 0; seed < 60; seed++) failAfterSomeBytes(seed);
    }

    @Test
    @Tag("stress")
    void completeLinesArriveInOrderBeforeTheFailureForManySeeds() throws Exception {
        for (long seed = 100; seed < 5_000; seed++) failAfterSomeBytes(seed);
    }

    private static void failAfterSomeBytes(long seed) throws Exception {
        var random = new Random(seed);
        var channels = ContractFixture.memory(random.nextInt(9_000));
        var lossy = new SeededChannel(channels.first(), seed, random.nextInt(MAX_BYTES));
        var here = Connection.over(lossy, SystemClock.INSTANCE);
        var there = Connection.over(channels.second(), SystemClock.INSTANCE);
        var peer = Call.of(() -> writeLines(there));
        var reader = Call.of(() -> readLines(there));
        var own = Call.of(() -> writeLines(here));
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

    /** Flushes, because a write is deferred while half a line is unread. */
    private static void writeAndFlush(Connection connection) throws Exception {
        connection.write("more");
        connection.flush();
    }

    /** Writes lines until the failure; returns their number. */
    private static int writeLines(Connection connection) throws InterruptedException {
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
}
