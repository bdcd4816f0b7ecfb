package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;
import io.loomline.probe.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;

/** A connection that waits for the rest of a message holds about the bytes that have arrived. */
@Tag("slow")
class HalfMessageTest {
    private static final String[] SIZES = {"1", "100", "1000", "17000", "70000", "1000000"};

    @ParameterizedTest
    @EnumSource
    void halfAMessageHoldsAboutItsSize(HalfMessageProgram.Way way) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(way.name()));
        arguments.addAll(List.of(SIZES));
        List<String> lines;
        try (Child child =
                Child.start(
                        HalfMessageProgram.class,
                        Kernel.chosen().jvmOptions(),
                        arguments.toArray(String[]::new))) {
            lines = child.rest();
            assertEquals(0, child.exitCode(), lines::toString);
        }
        List<long[]> figures =
                lines.stream()
                        .filter(l -> l.matches("[-\\d ]+"))
                        .map(HalfMessageTest::numbers)
                        .toList();
        assertEquals(SIZES.length, figures.size(), lines::toString);
        for (long[] figure : figures) {
            long most = 2 * figure[0] + 1024;
            assertTrue(figure[1] <= most, () -> "held: " + lines);
            assertTrue(figure[2] <= most, () -> "heap: " + lines);
        }
    }

    private static long[] numbers(String line) {
        return new Scanner(line).tokens().mapToLong(Long::parseLong).toArray();
    }
}
