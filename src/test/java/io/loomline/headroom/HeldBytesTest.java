package io.loomline.headroom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.ExhaustionException;
import io.loomline.probe.Call;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/** The bound of bytes that all connections hold while they wait. */
class HeldBytesTest {
    private final SocketAddress peer =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 4321);
    private final HeldBytes waiting = new HeldBytes(1_000);

    @Test
    void holdOverTheBoundFailsAndOthersStay() throws Exception {
        waiting.hold(600, peer);
        waiting.hold(400, peer);
        var e = assertThrows(IOException.class, () -> waiting.hold(1, peer));
        assertTrue(e.getMessage().contains(":4321 has 1 bytes waiting"), e::toString);
        waiting.release(400);
        waiting.hold(400, peer);
    }

    @Test
    void failedHoldIsNotCounted() throws Exception {
        for (int i = 0; i < 10; i++) {
            assertThrows(IOException.class, () -> waiting.hold(1_001, peer));
        }
        waiting.hold(1_000, peer);
    }

    @Test
    void changeCountsTheDifference() throws Exception {
        waiting.change(0, 600, peer);
        waiting.change(600, 900, peer);
        assertThrows(IOException.class, () -> waiting.change(900, 1_001, peer));
        assertEquals(900, waiting.bytes());
        waiting.change(900, 100, peer);
        assertEquals(100, waiting.bytes());
        waiting.change(100, 0, peer);
        assertEquals(0, waiting.bytes());
    }

    @Test
    void bytesOfARuntimeCountForTheJvm() throws Exception {
        var one = new HeldBytes(800, waiting);
        var other = new HeldBytes(800, waiting);
        one.hold(700, peer);
        assertThrows(IOException.class, () -> other.hold(301, peer));
        assertEquals(0, other.bytes());
        assertEquals(700, waiting.bytes());
        var e = assertThrows(IOException.class, () -> one.hold(101, peer));
        assertTrue(e.getMessage().contains("more than 800, maxHeldBytes"), e::toString);
        other.hold(300, peer);
        one.release(700);
        other.release(300);
        assertEquals(0, waiting.bytes());
    }

    @Test
    void serversWaitFromHighWaterToLowWater() throws Exception {
        waiting.hold(800, peer);
        waiting.requireForClient();
        waiting.hold(1, peer);
        var e = assertThrows(ExhaustionException.class, waiting::requireForClient);
        assertTrue(e.getMessage().contains("801 bytes"), e::toString);
        waiting.change(800, 600, peer);
        assertThrows(ExhaustionException.class, waiting::requireForClient);
        waiting.release(1);
        waiting.requireForClient();
        waiting.change(600, 700, peer);
        waiting.requireForClient();
    }

    @Test
    void serversWaitForTwoSecondsAtMost() throws Exception {
        waiting.hold(900, peer);
        long two = TimeUnit.SECONDS.toNanos(2);
        assertThrows(ExhaustionException.class, () -> waiting.requireForClient(1));
        assertThrows(ExhaustionException.class, () -> waiting.requireForClient(two));
        waiting.requireForClient(two + 1);
        waiting.requireForClient(100 * two); // the bytes have not become fewer
        waiting.change(900, 600, peer);
        waiting.requireForClient(100 * two);
        waiting.change(600, 900, peer);
        assertThrows(ExhaustionException.class, () -> waiting.requireForClient(100 * two));
    }

    @Test
    void serversOfOneRuntimeDoNotWaitForAnother() throws Exception {
        var one = new HeldBytes(200, waiting);
        var other = new HeldBytes(200, waiting);
        one.hold(200, peer);
        assertThrows(ExhaustionException.class, one::requireForClient);
        other.requireForClient();
    }

    @Test
    void largestReadersPauseWhenHardlyAnyBytesAreLeft() throws Exception {
        for (int i = 0; i < 10; i++) waiting.hold(20, peer);
        waiting.hold(600, peer);
        assertFalse(waiting.mustPause(600));
        waiting.hold(101, peer);
        assertTrue(waiting.mustPause(600));
        assertTrue(waiting.mustPause(101));
        assertFalse(waiting.mustPause(20));
    }

    @Test
    void pausedReaderGoesOnAtLowWater() throws Exception {
        var one = new HeldBytes(1_000, new HeldBytes(Long.MAX_VALUE));
        one.hold(950, peer);
        var paused = Call.running(one::pause).awaitIn("pause");
        one.change(950, 601, peer);
        assertFalse(paused.isDone());
        one.change(601, 600, peer);
        assertTrue(paused.result());
    }

    @Test
    @Tag("slow")
    void pausedReaderGoesOnThoughNothingIsReleased() throws Exception {
        waiting.hold(950, peer);
        assertTrue(Call.running(waiting::pause).result());
    }

    @Test
    void boundChangesWhileBytesAreHeld() throws Exception {
        waiting.hold(1_000, peer);
        waiting.limit(2_000);
        waiting.hold(1_000, peer);
        waiting.limit(1_500);
        assertEquals(2_000, waiting.bytes());
        assertThrows(IOException.class, () -> waiting.hold(1, peer));
        waiting.release(1_000);
        waiting.hold(500, peer);
        assertThrows(ExhaustionException.class, waiting::requireForClient);
    }

    @Test
    void pausedReaderGoesOnUnderAHigherBound() throws Exception {
        waiting.hold(950, peer);
        var paused = Call.running(waiting::pause).awaitIn("pause");
        waiting.limit(10_000);
        assertTrue(paused.result());
    }

    @Test
    void boundIsAtLeastOne() {
        var e = assertThrows(IllegalArgumentException.class, () -> waiting.limit(0));
        assertTrue(e.getMessage().contains("maxHeldBytes 0"), e::toString);
    }
}
