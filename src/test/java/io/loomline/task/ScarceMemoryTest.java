package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.List;

/** Where memory runs out, tasks fail, and each has its end. */
@Tag("slow")
class ScarceMemoryTest {
    private static final List<String> OPTIONS =
            List.of("-Xmx24m", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.logFile=/dev/null");

    @Test
    void everyTaskThatRunsOutOfMemoryEndsAndItsCallbackRuns() throws Exception {
        try (Child child = Child.start(ScarceMemory.class, OPTIONS)) {
            List<String> lines = child.rest();
            assertTrue(lines.contains("200 200 200"), lines::toString);
        }
    }

    @Test
    void cancelInterruptsATaskThoughNoMemoryIsLeft() throws Exception {
        try (Child child = Child.start(ScarceMemoryCancel.class, OPTIONS)) {
            List<String> lines = child.rest();
            assertTrue(lines.contains("not interrupted: 0"), lines::toString);
        }
    }
}
