package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The first address of a name that answers wins: RFC 8305. */
class HappyEyeballsTest extends HappyEyeballsFixture {

    private Call<Connection> connect(String... addresses) {
        var options = ConnectOptions.DEFAULT.withResolver(StagedNetwork.resolver(addresses));
        return Call.of(() -> runtime.connect("several.test", 80, options));
    }

    @Test
    void firstAddressWinsIfItAnswersAtOnce() throws Exception {
        var first = network.answers(ONE);
        assertEquals(first.remoteAddress(), connect(ONE, TWO).result().remoteAddress());
        assertEquals(List.of(ONE), network.tried());
        assertEquals(List.of(), first.events());
    }

    @Test
    void nextAttemptStartsExactlyAfterTheDelay() throws Exception {
        var call = connect(ONE, TWO, THREE);
        network.awaitTried(ONE);
        clock.awaitTimers(2); // of the connect timeout and the delay
        clock.advance(DELAY.minusNanos(1));
        assertEquals(List.of(ONE), network.tried());
        clock.advance(Duration.ofNanos(1));
        network.awaitTried(ONE, TWO);
        clock.awaitTimers(2);
        clock.advance(DELAY);
        network.awaitTried(ONE, TWO, THREE);
        network.answers(THREE);
        assertTrue(call.result().isOpen());
    }

    @Test
    void earlierAttemptMayWinAndTheOthersAreCancelled() throws Exception {
        var call = connect(ONE, TWO, THREE);
        letTheFirstHang();
        network.answers(ONE);
        assertTrue(call.result().isOpen());
        assertEquals(List.of(TWO), network.cancelled());
        assertEquals(List.of(ONE, TWO), network.tried());
    }

    @Test
    void failureStartsTheNextAttemptAtOnce() throws Exception {
        var call = connect(ONE, TWO, THREE);
        network.refuses(ONE);
        network.awaitTried(ONE, TWO);
        network.refuses(TWO);
        network.awaitTried(ONE, TWO, THREE);
        network.answers(THREE);
        assertTrue(call.result().isOpen());
        assertEquals(Duration.ZERO.toNanos(), clock.nanoTime());
    }

    @Test
    void failureOfAnEarlierAttemptStartsTheNext() throws Exception {
        var call = connect(ONE, TWO, THREE);
        letTheFirstHang();
        network.refuses(ONE);
        network.awaitTried(ONE, TWO, THREE);
        network.answers(TWO);
        assertTrue(call.result().isOpen());
        assertEquals(List.of(THREE), network.cancelled());
    }

    @Test
    void channelOfALateLoserIsClosed() throws Exception {
        network.ignoresInterrupts(ONE);
        var call = connect(ONE, TWO);
        letTheFirstHang();
        var winner = network.answers(TWO);
        call.awaitIn("close"); // for the loser
        var loser = network.answers(ONE);
        assertTrue(call.result().isOpen());
        assertEquals(List.of("close"), loser.events());
        assertEquals(List.of(), winner.events());
    }

    @Test
    void sameAddressIsTriedOnce() throws Exception {
        network.refuses(ONE);
        var e = connect(ONE, ONE, ONE).failure(ConnectFailedException.class);
        assertEquals(List.of(ONE), network.tried());
        assertEquals(1, e.getSuppressed().length);
    }

    @Test
    void addressFamiliesAlternate() {
        assertEquals(
                addresses("1.1.1.1", "::1", "1.1.1.2", "::2", "1.1.1.3"),
                HappyEyeballs.interleaved(
                        addresses("1.1.1.1", "1.1.1.2", "1.1.1.3", "::1", "::2")));
        assertEquals(
                addresses("::1", "1.1.1.1", "::2", "::3"),
                HappyEyeballs.interleaved(addresses("::1", "::2", "::3", "1.1.1.1")));
        assertEquals(addresses("::1"), HappyEyeballs.interleaved(addresses("::1")));
    }

    private static List<InetAddress> addresses(String... literals) {
        return Stream.of(literals).map(InetAddress::ofLiteral).toList();
    }

    @Test
    void noDelayFollowsTheLastAttempt() throws Exception {
        var call = connect(ONE, TWO, THREE);
        for (int i = 1; i <= 2; i++) {
            int tried = i;
            Eventually.holds(() -> network.tried().size() == tried);
            clock.awaitTimers(2);
            clock.advance(DELAY);
        }
        network.awaitTried(ONE, TWO, THREE);
        clock.awaitTimers(1); // of the connect timeout: no attempt remains
        assertFalse(call.isDone());
        network.answers(TWO);
        assertTrue(call.result().isOpen());
    }
}
