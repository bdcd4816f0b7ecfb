package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.net.Relay.Counts;
import io.loomline.probe.Call;
import io.loomline.probe.Descriptors;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;

/**
 * Large flows through a relay, which bytes may pass inside the kernel, are cut at any point: no
 * byte is lost, repeated or out of order, and no descriptor stays open.
 */
@ParameterizedClass
@EnumSource(
        value = Medium.class,
        names = {"TCP", "UNIX", "MEMORY"})
class RelayBulkRaceTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int CHUNK_BYTES = 1 << 20;
    private static final int CHUNKS = 24;
    private static final long BYTES = (long) CHUNK_BYTES * CHUNKS;

    @Parameter Medium medium;

    private final Random random = new Random(17);

    /** Where each chunk begins is different, so a lost or repeated byte shows. */
    private static final byte[] PATTERN = new byte[CHUNK_BYTES + 251];

    static {
        new Random(5).nextBytes(PATTERN);
    }

    private static byte at(long position) {
        return PATTERN[(int) (position % PATTERN.length)];
    }

    private static void send(Connection to) throws Exception {
        send(to, BYTES);
        to.shutdownOutput();
    }

    private static void sendWithoutEnd(Connection to) throws Exception {
        send(to, Long.MAX_VALUE);
    }

    private static void send(Connection to, long bytes) throws Exception {
        byte[] chunk = new byte[CHUNK_BYTES];
        for (long sent = 0; sent < bytes; sent += chunk.length) {
            for (int i = 0; i < chunk.length; i++) chunk[i] = at(sent + i);
            to.write(chunk);
        }
    }

    /** Reads to the end in pieces of odd sizes. Returns the number of bytes. */
    private static long receive(Connection from) throws Exception {
        var piece = ByteBuffer.allocate(200_003);
        long received = 0;
        while (from.read(piece.clear()) >= 0) {
            piece.flip();
            while (piece.hasRemaining()) {
                if (piece.get() != at(received)) throw new AssertionError("byte " + received);
                received++;
            }
        }
        return received;
    }

    @Test
    void cancelledRelaysForwardEveryByteOnce() throws Exception {
        for (int i = 0; i < 2; i++) raceCancels();
        requireNoPipes();
    }

    @Test
    @Tag("stress")
    void cancelledRelaysForwardEveryByteOnceInManyRounds() throws Exception {
        for (int i = 0; i < 60; i++) raceCancels();
        requireNoPipes();
    }

    private void raceCancels() throws Exception {
        try (Link front = medium.open();
                Link back = medium.open()) {
            var relay = Relay.between(front.there(), back.here());
            var uploading = Call.running(() -> send(front.here()));
            var downloading = Call.running(() -> send(back.there()));
            var atServer = Call.of(() -> receive(back.there()));
            var atClient = Call.of(() -> receive(front.here()));
            for (int cuts = 0; cuts < 30 && relay.counts().firstToSecond() < BYTES; cuts++) {
                long until = relay.counts().firstToSecond() + random.nextInt(2 * CHUNK_BYTES);
                var running = Call.of(relay::run);
                Eventually.holds(() ->
                        running.isDone()
                                || relay.counts().firstToSecond() >= Math.min(until, BYTES));
                running.cancel();
                if (!running.wasCancelled()) running.result();
                assertTrue(front.there().bytesRead() >= relay.counts().firstToSecond());
            }
            assertEquals(new Counts(BYTES, BYTES), relay.run());
            assertEquals(BYTES, atServer.result());
            assertEquals(BYTES, atClient.result());
            uploading.result();
            downloading.result();
            assertEquals(BYTES, front.there().bytesRead());
            assertEquals(BYTES, back.here().bytesWritten());
        }
    }

    /** What a cancelled relay has not forwarded can be read, byte for byte. */
    @Test
    void bytesOfACancelledRelayStayUnread() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (Link front = medium.open();
                    Link back = medium.open()) {
                var relay = Relay.between(front.there(), back.here());
                var uploading = Call.running(() -> send(front.here()));
                var running = Call.of(relay::run);
                uploading.awaitIn("awaitWritable");
                Eventually.holds(() -> isStalled(relay));
                running.cancel();
                assertTrue(running.wasCancelled());
                long forwarded = relay.counts().firstToSecond();
                assertEquals(forwarded, back.here().bytesWritten());
                assertEquals(forwarded, front.there().bytesRead());
                byte[] next = front.there().readExactly(3 * CHUNK_BYTES);
                for (int k = 0; k < next.length; k++) {
                    if (next[k] != at(forwarded + k)) throw new AssertionError("byte " + k);
                }
                front.here().abort();
                uploading.awaitEnd();
            }
        }
        requireNoPipes();
    }

    private static boolean isStalled(Relay relay) {
        long before = relay.counts().firstToSecond();
        for (int i = 0; i < 1_000; i++) Thread.onSpinWait();
        return before > 0 && relay.counts().firstToSecond() == before;
    }

    @Test
    void resetsOfEitherPeerEndTheRelay() throws Exception {
        for (int i = 0; i < 10; i++) raceReset();
        requireNoPipes();
    }

    @Test
    @Tag("stress")
    void resetsOfEitherPeerEndTheRelayInManyRounds() throws Exception {
        for (int i = 0; i < 300; i++) raceReset();
        requireNoPipes();
    }

    private void raceReset() throws Exception {
        assumeTrue(medium.tellsOfAnAbort());
        try (Link front = medium.open();
                Link back = medium.open()) {
            var relay = Relay.between(front.there(), back.here());
            var uploading = Call.running(() -> sendWithoutEnd(front.here()));
            var atServer = Call.of(() -> receive(back.there()));
            var running = Call.of(relay::run);
            long until = random.nextInt(8 * CHUNK_BYTES);
            Eventually.holds(() -> relay.counts().firstToSecond() >= until);
            boolean ofClient = random.nextBoolean();
            if (ofClient) front.here().abort();
            else back.there().abort();
            if (!ofClient) { // its output is lost, but the client may still answer: it ends too
                uploading.awaitEnd();
                front.here().abort();
            }
            running.failure(IOException.class);
            uploading.awaitEnd();
            back.here().close();
            atServer.failure(IOException.class); // never the end
        }
    }

    @Test
    void closesOnThisSideEndTheRelay() throws Exception {
        for (int i = 0; i < 10; i++) {
            try (Link front = medium.open();
                    Link back = medium.open()) {
                var relay = Relay.between(front.there(), back.here());
                var uploading = Call.running(() -> sendWithoutEnd(front.here()));
                var atServer = Call.of(() -> receive(back.there()));
                var running = Call.of(relay::run);
                long until = random.nextInt(8 * CHUNK_BYTES);
                Eventually.holds(() -> relay.counts().firstToSecond() >= until);
                if (i % 2 == 0) front.there().abort();
                else back.here().abort();
                running.failure(IOException.class);
                front.there().abort();
                back.here().abort();
                uploading.awaitEnd();
                atServer.awaitEnd();
            }
        }
        requireNoPipes();
    }

    /** Lines after bulk, bulk after lines, and an idle time in between that holds no pipe. */
    @Test
    void linesPassBetweenLargeFlows() throws Exception {
        try (Link front = medium.open();
                Link back = medium.open()) {
            var relay = Relay.between(front.there(), back.here());
            var running = Call.of(relay::run);
            byte[] bulk = new byte[8 * CHUNK_BYTES];
            random.nextBytes(bulk);
            for (int i = 0; i < 3; i++) {
                var line = Call.of(back.there()::readLine);
                front.here().writeLine("line " + i);
                assertEquals("line " + i, line.result());
                var sender = Call.running(() -> front.here().write(bulk));
                byte[] received = back.there().readExactly(bulk.length);
                sender.result();
                assertEquals(ByteBuffer.wrap(bulk), ByteBuffer.wrap(received));
            }
            long passed = 3L * (bulk.length + 7);
            Eventually.holds(() -> relay.counts().firstToSecond() == passed);
            assertFalse(running.isDone());
            front.here().shutdownOutput();
            assertNull(back.there().readLine());
            var answer = Call.of(front.here()::readLine);
            back.there().writeLine("answer");
            assertEquals("answer", answer.result());
            back.there().shutdownOutput();
            assertEquals(new Counts(passed, 7), running.result());
        }
        requireNoPipes();
    }

    private static void requireNoPipes() throws InterruptedException {
        Eventually.holds(() -> Descriptors.open("pipe:").size() <= PIPES_BEFORE);
    }

    private static final int PIPES_BEFORE = Descriptors.open("pipe:").size();
}
