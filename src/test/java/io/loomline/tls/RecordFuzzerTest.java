package io.loomline.tls;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HexFormat;
import java.util.Random;

/** The seeds of the fuzzer, and random inputs. */
class RecordFuzzerTest {
    @Test
    void garbageFailsAsDocumented() throws Exception {
        fuzz(300);
    }

    @Test
    @Tag("slow")
    void garbageFailsAsDocumentedInManyRounds() throws Exception {
        fuzz(70_000);
    }

    private static void fuzz(int rounds) throws Exception {
        var random = new Random(23);
        for (int round = 0; round < rounds; round++) {
            byte[] garbage = Garbage.bytes(random);
            byte[] input = new byte[1 + garbage.length];
            input[0] = (byte) random.nextInt(256);
            System.arraycopy(garbage, 0, input, 1, garbage.length);
            RecordFuzzer.fuzzerTestOneInput(input);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00",
                "0116",
                "01160301",
                "0115030100020100",
                "01150301000202",
                "0114030100010116030100",
                "fd160301ffff",
                "fd1603010006010010000303",
                "fd802e010002001500000010"
            })
    void seedsFailAsDocumented(String hex) throws Exception {
        RecordFuzzer.fuzzerTestOneInput(HexFormat.of().parseHex(hex));
    }
}
