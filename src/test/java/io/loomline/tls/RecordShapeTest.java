package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import io.loomline.probe.Leftovers;
import io.loomline.tls.AttackedSession.Outcome;
import io.loomline.tls.AttackedSession.Victim;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

import javax.net.ssl.SSLException;

/** Records of odd shapes during the handshake. */
class RecordShapeTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int HANDSHAKE = 22;
    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int ALERT = 21;

    /** The handshake of a failing session allocates less; classes may be loaded in the first. */
    private static final long MAX_ALLOCATED_BYTES = 512 * 1024;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @EnumSource
    void handshakeMayComeInRecordsOfOneByte(Victim victim) throws Exception {
        requireWhole(AttackedSession.run(victim, Attacks.splitHandshake(1)));
    }

    @ParameterizedTest
    @EnumSource
    void bytesMayArriveOneByOne(Victim victim) throws Exception {
        Outcome outcome =
                AttackedSession.run(
                        victim,
                        (bytes, receiver) -> {
                            for (byte each : bytes) receiver.receive(new byte[] {each});
                        });
        requireWhole(outcome);
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS_1_3_SERVER", "TLS_1_2_SERVER"})
    void clientHelloMayBeSplitAnywhere(Victim victim) throws Exception {
        for (int bytes = 7; bytes < 300; bytes += 41) {
            requireWhole(AttackedSession.run(victim, Attacks.splitHandshake(bytes)));
        }
    }

    private static void requireWhole(Outcome outcome) {
        assertNull(outcome.failure(), outcome::toString);
        assertEquals(AttackedSession.DATA.length, outcome.data().length);
    }

    /** The bytes with which a server answers, while its handshake fails. */
    private static byte[] answer(byte[] sent) throws Exception {
        Wire wire = Wire.open();
        wire.first().tryWrite(ByteBuffer.wrap(sent));
        var own = TlsChannel.over(wire.second(), Victim.TLS_1_3_SERVER.tls(), null);
        try {
            wire.first().shutdownOutput();
            assertThrows(SSLException.class, () -> own.handshake(ByteBuffer.allocate(0)));
        } finally {
            own.close();
        }
        var answer = ByteBuffer.allocate(64 * 1024);
        while (wire.first().tryRead(answer) > 0) {}
        assertEquals(1, wire.second().closes());
        byte[] bytes = new byte[answer.flip().remaining()];
        answer.get(bytes);
        return bytes;
    }

    /** A fatal alert, and nothing else. */
    private static void requireRefused(byte[] sent) throws Exception {
        String answer = HexFormat.of().formatHex(answer(sent));
        assertTrue(answer.matches("15030[1-4]000202.."), answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "SSH-2.0-OpenSSH_9.2p1 Debian\r\n",
                "EHLO localhost\r\n",
                "\u0016\u0002\u0000\u0000\u0004abcd"
            })
    void plaintextIsAnsweredByAnAlert(String text) throws Exception {
        requireRefused(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void helloOfVersionTwoIsRefused() throws Exception {
        byte[] hello = HexFormat.of().parseHex("802e0100020015000000100100800300800700c0");
        byte[] whole = new byte[48];
        System.arraycopy(hello, 0, whole, 0, hello.length);
        answer(whole);
        answer(hello); // cut
    }

    @ParameterizedTest
    @ValueSource(ints = {16_705, 18_432})
    void recordThatIsTooLongIsRefused(int length) throws Exception {
        requireRefused(record(HANDSHAKE, length, new byte[length]).array());
    }

    /** Not even its first bytes are waited for. */
    @ParameterizedTest
    @ValueSource(ints = {18_433, 32_768, 65_535})
    void recordThatIsFarTooLongIsRefusedByItsHeader(int length) throws Exception {
        requireRefused(record(HANDSHAKE, length, new byte[0]).array());
    }

    private static ByteBuffer record(int type, int length, byte[] content) {
        return ByteBuffer.allocate(5 + content.length)
                .put((byte) type)
                .putShort((short) 0x0303)
                .putShort((short) length)
                .put(content)
                .rewind();
    }

    private static byte[] record(int type, byte... content) {
        return record(type, content.length, content).array();
    }

    /** Nothing is allocated for what is only declared. */
    @Test
    void longHandshakeMessageIsRefusedByItsHeader() throws Exception {
        byte[] sent = record(HANDSHAKE, new byte[] {1, 0x10, 0, 0, 3, 3});
        requireRefused(sent);
        long before = THREADS.getCurrentThreadAllocatedBytes();
        requireRefused(sent);
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < MAX_ALLOCATED_BYTES, allocated + " bytes");
    }

    @Test
    void emptyHandshakeRecordIsRefused() throws Exception {
        requireRefused(record(HANDSHAKE));
    }

    @Test
    void dataBeforeTheHandshakeIsRefused() throws Exception {
        requireRefused(record(23, new byte[40]));
    }

    @Test
    void floodOfWarningsIsRefused() throws Exception {
        answer(flood(record(ALERT, (byte) 1, (byte) 90)));
    }

    @Test
    void floodOfCipherChangesIsRefused() throws Exception {
        answer(flood(record(CHANGE_CIPHER_SPEC, (byte) 1)));
    }

    private static byte[] flood(byte[] record) {
        var flood = new ByteArrayOutputStream();
        for (int i = 0; i < 100_000; i++) flood.writeBytes(record);
        return flood.toByteArray();
    }
}
