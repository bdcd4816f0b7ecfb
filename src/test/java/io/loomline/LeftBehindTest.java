package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.probe.Child;
import io.loomline.probe.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;

/** A closed runtime leaves nothing behind: no thread and no loaded class. */
@Tag("slow")
class LeftBehindTest {
    @ParameterizedTest
    @EnumSource
    void droppedApplicationIsCollected(Kernel kernel) throws Exception {
        kernel.newDriver().close(); // skips the test if the driver is not available
        List<String> options = new ArrayList<>(kernel.jvmOptions());
        options.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=off");
        try (Child child = Child.start(LeftBehindProgram.class, options)) {
            assertEquals(List.of("inherited []", "threads []", "collected"), child.rest());
        }
    }
}
