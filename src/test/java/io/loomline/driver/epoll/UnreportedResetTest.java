package io.loomline.driver.epoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Drivers;
import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.ChannelPipe;
import io.loomline.driver.Driver;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.LoopbackAddress;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Random;

/** A reset that a call for several pieces has taken from the socket does not look like an end. */
class UnreportedResetTest {
    private static final int PIECE_BYTES = 256 * 1024;

    private final Random random = new Random(3);
    private Driver driver;

    @BeforeEach
    void open() {
        String lack = EpollDriver.lack();
        assumeTrue(lack == null, lack);
        driver = Drivers.epoll();
    }

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    void resetsDuringMovesOfThePipeAreSeenByTheReader() throws Exception {
        for (int i = 0; i < 100; i++) race();
    }

    @Test
    @Tag("stress")
    void resetsDuringMovesOfThePipeAreSeenByTheReaderInManyRounds() throws Exception {
        for (int i = 0; i < 20_000; i++) race();
    }

    /** The peer reads all and closes, before or while this side looks for a reset. */
    @Test
    void orderlyClosesAfterMovesOfThePipeAreEnds() throws Exception {
        for (int i = 0; i < 200; i++) {
            try (var source = pair();
                    var target = pair()) {
                var piece = ByteBuffer.allocate(1 + random.nextInt(PIECE_BYTES));
                int length = piece.remaining();
                var feeding = Call.running(() -> writeAll(source.far(), piece));
                var reading =
                        Call.running(() -> {
                            readExactly(target.far(), length);
                            target.far().close();
                        });
                ChannelPipe pipe = source.near().openPipe(target.near());
                assertTrue(pipe != null, "epoll has pipes");
                for (int left = length; left > 0; ) {
                    if (pipe.heldBytes() == 0 && pipe.tryFill() == 0) source.near().awaitReadable();
                    int drained = pipe.heldBytes() == 0 ? 0 : pipe.tryDrain();
                    if (pipe.heldBytes() > 0 && drained == 0) target.near().awaitWritable();
                    left -= drained;
                }
                pipe.close();
                int end;
                while ((end = target.near().tryRead(ByteBuffer.allocate(1))) == 0) {
                    target.near().awaitReadable();
                }
                assertEquals(-1, end);
                feeding.result();
                reading.result();
            }
        }
    }

    private static void writeAll(Channel to, ByteBuffer bytes) throws Exception {
        while (bytes.hasRemaining()) if (to.tryWrite(bytes) == 0) to.awaitWritable();
    }

    private static void readExactly(Channel from, int length) throws Exception {
        var bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) if (from.tryRead(bytes) == 0) from.awaitReadable();
    }

    private void race() throws Exception {
        try (var source = pair();
                var target = pair()) {
            var feeding = Call.running(() -> feed(source.far()));
            var reading = Call.of(() -> readToTheEnd(target.far()));
            int spins = random.nextInt(20_000);
            var reset =
                    Call.running(() -> {
                        for (int i = 0; i < spins; i++) Thread.onSpinWait();
                        target.far().abort();
                    });
            ChannelPipe pipe = source.near().openPipe(target.near());
            assertTrue(pipe != null, "epoll has pipes");
            forward(source.near(), target.near(), pipe);
            pipe.take();
            pipe.close();
            reset.result();
            source.far().abort();
            feeding.awaitEnd();
            reading.awaitEnd();
        }
    }

    /** Forwards until the output fails. Then the input must fail too, as nothing has ended it. */
    private static void forward(Channel from, Channel to, ChannelPipe pipe) throws Exception {
        try {
            while (true) {
                if (pipe.heldBytes() == 0 && pipe.tryFill() == 0) from.awaitReadable();
                if (pipe.heldBytes() > 0 && pipe.tryDrain() == 0) to.awaitWritable();
                requireNoEnd(to);
            }
        } catch (IOException e) {
            requireLossOf(to);
        }
    }

    private static void requireNoEnd(Channel channel) throws IOException {
        assertNotEquals(-1, channel.tryRead(ByteBuffer.allocate(1)), "the peer has ended nothing");
    }

    private static void requireLossOf(Channel channel) throws InterruptedException {
        Eventually.holds(() -> {
            try {
                requireNoEnd(channel);
                return false;
            } catch (IOException e) {
                return true;
            }
        });
    }

    private static void feed(Channel to) throws Exception {
        var piece = ByteBuffer.allocate(PIECE_BYTES);
        while (true) {
            if (!piece.hasRemaining()) piece.clear();
            if (to.tryWrite(piece) == 0) to.awaitWritable();
        }
    }

    private static boolean readToTheEnd(Channel from) throws Exception {
        var piece = ByteBuffer.allocate(PIECE_BYTES);
        int moved;
        while ((moved = from.tryRead(piece.clear())) >= 0) {
            if (moved == 0) from.awaitReadable();
        }
        return true;
    }

    /** Two channels that are connected to each other. */
    private record Pair(Channel near, Channel far) implements AutoCloseable {
        @Override
        public void close() {
            near.abort();
            far.abort();
        }
    }

    private Pair pair() throws IOException, InterruptedException {
        SocketAddress any = LoopbackAddress.of(0);
        try (Acceptor acceptor = driver.listen(any, 1)) {
            Channel near = driver.connect(acceptor.localAddress());
            return new Pair(near, acceptor.accept());
        }
    }
}
