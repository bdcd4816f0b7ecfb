package io.loomline.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.loomline.faults.FaultTable.Result;
import io.loomline.faults.FaultTable.Verdict;
import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;

/** The brief form of the fault table; {@code mvn -q -Pfaults verify} runs the whole of it. */
class FaultTableTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static List<String> briefRows() {
        return FaultTable.briefRows().stream().map(Fault::name).toList();
    }

    private static List<String> otherRows() {
        List<String> brief = briefRows();
        return FaultTable.rows().stream()
                .map(Fault::name)
                .filter(name -> !brief.contains(name))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("briefRows")
    void faultIsSurvived(String name) {
        run(FaultTable.row(name));
    }

    @ParameterizedTest
    @MethodSource("otherRows")
    @Tag("slow")
    void slowFaultIsSurvived(String name) {
        run(FaultTable.row(name));
    }

    private static void run(Fault row) {
        Result result = FaultTable.run(row, true);
        assumeFalse(result.verdict() == Verdict.SKIP, result.seen());
        assertEquals(Verdict.PASS, result.verdict(), result.seen());
    }

    @Test
    @Tag("slow")
    void rowFailsIfAConnectionIsLeftOpen() throws Exception {
        try (Stage stage = Stage.open(Connection::readLine)) {
            Fault leak =
                    Fault.of("leak", "", "", _ -> stage.runtime.connect("localhost", stage.port()));
            Result result = FaultTable.run(leak, true);
            assertEquals(Verdict.FAIL, result.verdict());
            assertTrue(result.seen().contains("fds left 2"), result.seen());
        }
    }

    @Test
    void rowFailsIfItSeesOtherThanExpected() {
        Fault wrong = Fault.of("wrong", "", "", trial -> trial.equal("lines", 2, 1));
        Result result = FaultTable.run(wrong, true);
        assertEquals(Verdict.FAIL, result.verdict());
        assertTrue(result.seen().contains("not as expected: [lines 1/2]"), result.seen());
    }

    @Test
    void rowFailsIfItThrows() {
        Fault broken =
                Fault.of(
                        "broken",
                        "",
                        "",
                        _ -> {
                            throw new IllegalStateException("a bug");
                        });
        assertEquals(Verdict.FAIL, FaultTable.run(broken, true).verdict());
    }

    @Test
    void unknownRowIsRefused() {
        var e = assertThrows(IllegalArgumentException.class, () -> FaultTable.row("nothing"));
        assertTrue(e.getMessage().contains("nothing"), e::toString);
    }
}
