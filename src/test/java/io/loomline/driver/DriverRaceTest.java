package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.probe.Kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Random;

/** Closing a channel races all other calls, and the shared loop keeps working. */
@ParameterizedClass
@EnumSource(Kernel.class)
class DriverRaceTest extends ListeningDriver {
    private static final int ROUNDS = 100;
    private static final int MANY_ROUNDS = 30_000;
    private static final int MAX_SPINS = 500;
    private static final long SEED = 11;

    private final Random random = new Random(SEED);

    /**
     * Checks that the listener and a new connection still work. Runs before the driver is closed.
     */
    @AfterEach
    void stillConnects() throws Exception {
        Started.start(this::useOnce).join();
    }

    private boolean useOnce() throws IOException, InterruptedException {
        try (var client = driver.connect(acceptor.localAddress());
                var server = acceptor.accept()) {
            Loopback.write(client, (byte) 3);
            assertEquals(3, Loopback.read(server));
        }
        return true;
    }

    private interface Round {
        void run(Channel client, Channel server) throws Exception;
    }

    private void repeat(int rounds, Round round) throws Exception {
        var all =
                Started.start(() -> {
                    for (int i = 0; i < rounds; i++) {
                        try (var client = driver.connect(acceptor.localAddress());
                                var server = acceptor.accept()) {
                            round.run(client, server);
                        }
                    }
                    return true;
                });
        all.join();
    }

    private void spin() {
        for (int i = random.nextInt(MAX_SPINS); i > 0; i--) Thread.onSpinWait();
    }

    @Test
    void closeRacesAwaitAndRead() throws Exception {
        repeat(ROUNDS, this::closeRacesReader);
    }

    private void closeRacesReader(Channel client, Channel server) throws Exception {
        Loopback.write(client, (byte) 1);
        assertEquals(1, Loopback.read(server));
        var reader = Started.start(() -> Loopback.read(server));
        spin();
        server.close();
        assertClosed(reader);
    }

    private static void assertClosed(Started<?> started) throws Exception {
        try {
            Object returned = started.join();
            throw new AssertionError(
                    "expected ClosedChannelException, but it returned " + returned);
        } catch (ClosedChannelException expected) {
            // the channel was closed in time
        }
    }

    @Test
    void closeRacesWrite() throws Exception {
        repeat(ROUNDS, this::closeRacesWriter);
    }

    private void closeRacesWriter(Channel client, Channel server) throws Exception {
        var writer =
                Started.start(() -> {
                    while (true) Loopback.write(client, (byte) 1);
                });
        spin();
        client.close();
        assertClosed(writer);
    }

    /** The selector reports a channel as ready while another thread closes it. */
    @Test
    @Tag("stress")
    void closeRacesTheEventOfTheSameChannel() throws Exception {
        for (int i = 0; i < MANY_ROUNDS / ROUNDS; i++) repeat(ROUNDS, this::closeRacesEvent);
    }

    private void closeRacesEvent(Channel client, Channel server) throws Exception {
        var first = Started.start(() -> awaitWritableForever(client));
        var second = Started.start(() -> awaitWritableForever(server));
        spin();
        client.close();
        spin();
        server.close();
        assertClosed(first);
        assertClosed(second);
    }

    /** The channel is always writable, so every iteration of the loop reports that. */
    private static boolean awaitWritableForever(Channel channel)
            throws IOException, InterruptedException {
        var nothing = ByteBuffer.allocate(0);
        while (channel.tryWrite(nothing) == 0) channel.awaitWritable();
        return false;
    }
}
