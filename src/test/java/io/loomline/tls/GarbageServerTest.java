package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;
import io.loomline.probe.Descriptors;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.tls.AttackedServer.Kind;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;

/** Strangers whose handshakes fail leave nothing behind, and never reach the handler. */
class GarbageServerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    /** Heap that belongs to nobody: caches, tables that have grown. */
    private static final long HEAP_NOISE_BYTES = 1 << 20;

    private final Random random = new Random(17);

    @Test
    void garbageIsAnsweredByAnAlertOrNothing() throws Exception {
        sendGarbage(200);
    }

    @Test
    @Tag("stress")
    void garbageIsAnsweredByAnAlertOrNothingManyTimes() throws Exception {
        sendGarbage(30_000);
    }

    private void sendGarbage(int rounds) throws Exception {
        try (var server = AttackedServer.open();
                var log = new CapturedLog()) {
            for (int round = 0; round < rounds; round++) {
                byte[] sent = Garbage.bytes(random);
                String answer = HexFormat.of().formatHex(server.send(sent));
                assertTrue(answer.matches("(15030[1-4]000202..)?"), answer);
            }
            server.awaitNoConnection();
            assertEquals(0, server.handled());
            int lines = log.lines(" WARN ").size() + log.errors("");
            assertTrue(lines < rounds / 10, () -> lines + " lines: " + log.text());
        }
    }

    @Test
    void plaintextIsAnsweredByAnAlert() throws Exception {
        try (var server = AttackedServer.open();
                var log = new CapturedLog()) {
            byte[] request = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            String answer = HexFormat.of().formatHex(server.send(request));
            assertTrue(answer.matches("15030[1-4]000202.."), answer);
            assertEquals(0, log.errors(""), log::text);
        }
    }

    @ParameterizedTest
    @EnumSource
    void failedHandshakesLeaveNoDescriptor(Kind kind) throws Exception {
        try (var server = AttackedServer.open();
                var _ = new CapturedLog()) {
            come(server, kind, 5);
            int before = Descriptors.open("").size();
            come(server, kind, 20);
            awaitDescriptors(before);
            if (kind != Kind.WRONG_AUTHORITY) assertEquals(0, server.handled());
        }
    }

    private void come(AttackedServer server, Kind kind, int rounds) throws Exception {
        for (int round = 0; round < rounds; round++) kind.come(server, random);
        server.awaitNoConnection();
    }

    /** 100,000 handshakes in all, with those of a client that is there to the end. */
    @ParameterizedTest
    @EnumSource
    @Tag("stress")
    @Timeout(600)
    void heapStaysFlatOverManyFailedHandshakes(Kind kind) throws Exception {
        int rounds = kind == Kind.WRONG_AUTHORITY ? 2_000 : 16_400;
        try (var server = AttackedServer.open();
                var _ = new CapturedLog()) {
            come(server, kind, rounds / 4);
            long heapBefore = usedHeap();
            int before = Descriptors.open("").size();
            come(server, kind, rounds);
            awaitDescriptors(before);
            long grown = usedHeap() - heapBefore;
            assertTrue(grown < HEAP_NOISE_BYTES, grown + " bytes");
        }
    }

    /** The last stranger may have left before the server has seen it come. */
    private static void awaitDescriptors(int most) throws InterruptedException {
        Eventually.holds(() -> Descriptors.open("").size() <= most);
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
