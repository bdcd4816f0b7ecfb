package io.loomline.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.probe.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;

/** A process is stopped for longer than its timeouts, with each driver. */
@Tag("slow")
class StoppedProcessTest {
    @ParameterizedTest
    @EnumSource
    void readsAndWritesThatCouldGoOnDuringTheStopAreNotCut(Kernel kernel) throws Exception {
        kernel.newDriver().close(); // skips the test if the driver is not available
        var trial = new Trial(false);
        StoppedServerTrial.run(trial, kernel);
        assertEquals(List.of(), trial.missed(), trial::seen);
    }
}
