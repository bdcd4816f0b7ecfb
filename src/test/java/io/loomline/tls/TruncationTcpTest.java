package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.task.SystemClock;
import io.loomline.tls.TlsPair.Kind;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A connection over TCP that ends without close_notify, behind some lines. */
@ParameterizedClass
@EnumSource
class TruncationTcpTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int LINES = 20;

    @Parameter Kernel kernel;

    private interface End {
        void of(Channel below) throws IOException;
    }

    /** Returns how the lines end for the reader. */
    private interface Reader {
        void read(Connection victim) throws Exception;
    }

    private void run(Kind kind, int rounds, End end, Reader reader) throws Exception {
        try (Driver driver = kernel.newDriver();
                Acceptor acceptor = driver.listen(LoopbackAddress.of(0), 1)) {
            for (int round = 0; round < rounds; round++) {
                Channel below = driver.connect(acceptor.localAddress());
                var pair = TlsPair.secure(kind, below, acceptor.accept());
                try (var victim = Connection.over(pair.second(), SystemClock.INSTANCE)) {
                    byte[] lines = "line\n".repeat(LINES).getBytes(StandardCharsets.US_ASCII);
                    pair.first().tryWrite(ByteBuffer.wrap(lines));
                    end.of(below);
                    reader.read(victim);
                } finally {
                    below.close();
                }
            }
        }
    }

    private static void readLines(Connection victim) throws Exception {
        for (int i = 0; i < LINES; i++) assertEquals("line", victim.readLine());
    }

    private static void requireTruncation(Connection victim) throws Exception {
        readLines(victim);
        var e = assertThrows(TlsTruncationException.class, victim::readLine);
        assertTrue(e.getMessage().contains("" + victim.remoteAddress()), e::toString);
        assertThrows(TlsTruncationException.class, victim::readLine);
    }

    @ParameterizedTest
    @EnumSource
    void bareEndIsATruncation(Kind kind) throws Exception {
        run(kind, 3, Channel::shutdownOutput, TruncationTcpTest::requireTruncation);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("stress")
    void bareEndIsATruncationInEachOfManyRounds(Kind kind) throws Exception {
        run(kind, 100, Channel::shutdownOutput, TruncationTcpTest::requireTruncation);
    }

    /** The kernel may drop the lines with the reset. */
    @ParameterizedTest
    @EnumSource
    void resetIsNeverAnEnd(Kind kind) throws Exception {
        run(
                kind,
                3,
                Channel::abort,
                victim -> {
                    var e = assertThrows(SocketException.class, () -> victim.readAll(1_000));
                    assertTrue(e.getMessage().contains("reset"), e::toString);
                });
    }
}
