package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
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

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import javax.net.ssl.SSLException;

/**
 * An attacker changes the bytes of a session, at any point. The victim gets true data up to there,
 * and then an error.
 */
@ParameterizedClass
@EnumSource
class GarbageTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Victim victim;

    private final Random random = new Random(11);

    private Outcome attack(Wire.Attacker attacker, String what) throws Exception {
        Outcome outcome = AttackedSession.run(victim, attacker);
        byte[] expected = Arrays.copyOf(AttackedSession.DATA, outcome.data().length);
        assertArrayEquals(expected, outcome.data(), what + ": " + outcome);
        boolean whole = outcome.data().length == AttackedSession.DATA.length;
        assertTrue(whole || outcome.failure() != null, what + ": " + outcome);
        if (outcome.failure() != null) assertInstanceOf(IOException.class, outcome.failure());
        return outcome;
    }

    private List<byte[]> records() throws Exception {
        List<byte[]> records = new ArrayList<>();
        attack(
                Attacks.records((_, bytes, receiver) -> {
                    records.add(bytes);
                    receiver.receive(bytes);
                }),
                "nothing");
        return records;
    }

    private int length() throws Exception {
        return records().stream().mapToInt(each -> each.length).sum();
    }

    private void flipFrom(int first, int stride) throws Exception {
        int length = length();
        for (int at = first; at < length; at += stride) {
            int bit = random.nextInt(8);
            attack(Attacks.flip(at, bit), "bit " + bit + " of byte " + at);
        }
    }

    @Test
    void flippedBitIsNeverTakenForData() throws Exception {
        flipFrom(3, 151);
    }

    @Test
    @Tag("slow")
    void flippedBitOfAnyByteIsNeverTakenForData() throws Exception {
        for (int round = 0; round < 5; round++) flipFrom(0, 1);
    }

    @Test
    @Tag("slow")
    void droppedRepeatedAndSwappedRecordsAreRefused() throws Exception {
        int count = records().size();
        for (int record = 0; record < count; record++) {
            attack(Attacks.dropRecord(record), "drop " + record);
            attack(Attacks.repeatRecord(record), "repeat " + record);
            attack(Attacks.swapRecord(record), "swap " + record);
        }
    }

    @Test
    void changedOrderOfDataIsRefused() throws Exception {
        int last = records().size() - 1; // close_notify
        for (int record = last - AttackedSession.LINES; record < last; record++) {
            assertInstanceOf(
                    SSLException.class, attack(Attacks.dropRecord(record), "drop").failure());
            assertInstanceOf(
                    SSLException.class, attack(Attacks.repeatRecord(record), "repeat").failure());
            assertInstanceOf(
                    SSLException.class, attack(Attacks.swapRecord(record), "swap").failure());
        }
    }

    /** Bytes before the bad record arrive with it, in one read. */
    @Test
    void dataBeforeABadRecordIsDelivered() throws Exception {
        int last = records().size() - 1;
        for (int lines = 1; lines <= AttackedSession.LINES; lines++) {
            int record = last - AttackedSession.LINES + lines;
            byte[] bad = {23, 3, 3, 0, 40, 1, 2};
            bad = Arrays.copyOf(bad, 45);
            Outcome outcome = attack(Attacks.insertBefore(record, bad), "before " + record);
            assertNotNull(outcome.failure());
            assertEquals(lines * AttackedSession.LINE_BYTES, outcome.data().length, "" + outcome);
        }
    }

    @Test
    void insertedGarbageIsRefused() throws Exception {
        insert(15);
    }

    @Test
    @Tag("slow")
    void insertedGarbageIsRefusedInManyRounds() throws Exception {
        insert(5_000);
    }

    private void insert(int rounds) throws Exception {
        int count = records().size();
        for (int round = 0; round < rounds; round++) {
            int record = random.nextInt(count);
            byte[] garbage = Garbage.bytes(random);
            attack(Attacks.insertBefore(record, garbage), "before " + record);
        }
    }
}
