package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Leftovers;
import io.loomline.tls.AttackedSession.Outcome;
import io.loomline.tls.AttackedSession.Victim;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Arrays;

import javax.net.ssl.SSLHandshakeException;

/**
 * An attacker ends the connection at any byte. The victim gets the complete records before, and
 * then an error.
 */
@ParameterizedClass
@EnumSource
class TruncationTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    /** A prime, so that the points are all over the records. */
    private static final int STRIDE = 179;

    @Parameter Victim victim;

    /** What the victim has received. */
    private byte[] received = {};

    @Test
    void endWithoutCloseNotifyIsATruncation() throws Exception {
        cutAt(STRIDE, this::bareEnd);
    }

    @Test
    @Tag("slow")
    void endWithoutCloseNotifyIsATruncationAtEachByte() throws Exception {
        cutAt(1, this::bareEnd);
    }

    @Test
    void resetIsAnError() throws Exception {
        cutAt(STRIDE, this::reset);
    }

    @Test
    @Tag("slow")
    void resetIsAnErrorAtEachByte() throws Exception {
        cutAt(1, this::reset);
    }

    @Test
    void lenientVictimTakesTheEndBetweenRecords() throws Exception {
        cutAt(STRIDE, this::lenientEnd);
    }

    @Test
    @Tag("slow")
    void lenientVictimTakesTheEndBetweenRecordsAtEachByte() throws Exception {
        cutAt(1, this::lenientEnd);
    }

    @Test
    void lenientVictimTakesTheEndBehindEachRecord() throws Exception {
        run(victim.tls(), Long.MAX_VALUE, false);
        byte[] whole = received;
        for (int at = 0; at < whole.length; at += recordBytes(whole, at)) lenientEnd(at);
    }

    private interface Cut {
        void at(int bytes) throws Exception;
    }

    private void cutAt(int stride, Cut cut) throws Exception {
        Outcome uncut = run(victim.tls(), Long.MAX_VALUE, false);
        requireClean(uncut, uncut.toString());
        // signatures vary in their lengths: the last bytes of a longer session are not cut
        int length = received.length - 4;
        for (int bytes = 0; bytes < length; bytes += stride) cut.at(bytes);
    }

    private static void requireClean(Outcome outcome, String what) {
        assertTrue(outcome.failure() == null, what);
        assertArrayEquals(AttackedSession.DATA, outcome.data(), what);
    }

    private Outcome run(Tls tls, long bytes, boolean reset) throws Exception {
        var copy = new ByteArrayOutputStream();
        Wire.Attacker cut = Attacks.cutAt(bytes, reset);
        Outcome outcome =
                AttackedSession.run(
                        victim,
                        tls,
                        (sent, receiver) -> {
                            copy.writeBytes(sent);
                            cut.pass(sent, receiver);
                        });
        byte[] sent = copy.toByteArray();
        received = Arrays.copyOf(sent, (int) Math.min(bytes, sent.length));
        return outcome;
    }

    private void bareEnd(int bytes) throws Exception {
        Outcome outcome = run(victim.tls(), bytes, false);
        requireCompleteRecords(bytes, outcome);
        if (outcome.established()) {
            assertTrue(outcome.isTruncation(), bytes + ": " + outcome);
            return;
        }
        var expected = bytes == 0 ? EOFException.class : SSLHandshakeException.class;
        assertInstanceOf(expected, outcome.failure(), bytes + ": " + outcome);
    }

    private void reset(int bytes) throws Exception {
        Outcome outcome = run(victim.tls(), bytes, true);
        requireCompleteRecords(bytes, outcome);
        assertInstanceOf(SocketException.class, outcome.failure(), bytes + ": " + outcome);
    }

    private void lenientEnd(int bytes) throws Exception {
        Outcome outcome = run(victim.tls().lenientClose(), bytes, false);
        requireCompleteRecords(bytes, outcome);
        if (!outcome.established()) {
            assertFalse(outcome.failure() == null, bytes + ": " + outcome);
            return;
        }
        boolean clean = outcome.failure() == null;
        assertTrue(clean || outcome.isTruncation(), bytes + ": " + outcome);
        assertTrue(clean == endsWithARecord(), bytes + ": " + outcome);
    }

    private void requireCompleteRecords(int bytes, Outcome outcome) {
        int complete = outcome.established() ? lines() * AttackedSession.LINE_BYTES : 0;
        byte[] expected = Arrays.copyOf(AttackedSession.DATA, complete);
        assertArrayEquals(expected, outcome.data(), bytes + " bytes: " + outcome);
    }

    private boolean endsWithARecord() {
        int at = 0;
        while (received.length - at >= 5) at += recordBytes(received, at);
        return at == received.length;
    }

    /** The number of complete records with data. */
    private int lines() {
        int lines = 0;
        int at = 0;
        while (received.length - at >= 5) {
            int length = recordBytes(received, at);
            if (at + length > received.length) break;
            int added = length - AttackedSession.LINE_BYTES;
            if (received[at] == 23 && added > 5 && added < 40) lines++;
            at += length;
        }
        return lines;
    }

    private static int recordBytes(byte[] bytes, int at) {
        return 5 + (ByteBuffer.wrap(bytes).getShort(at + 3) & 0xffff);
    }
}
