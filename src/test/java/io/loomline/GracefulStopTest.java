package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The counts and exit codes of the sample {@code GracefulStop}. */
@Tag("slow")
class GracefulStopTest {
    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("GracefulStop");

    @Test
    void losesNothing() throws Exception {
        try (var process = SAMPLE.start("3", "50")) {
            assertEquals(0, process.awaitExit(), process::printed);
            assertTrue(process.printed().contains("stop 3: 50 connections finished, 0 cancelled"));
            assertTrue(process.printed().contains("lost: 0 acknowledged lines, 0 requests"));
        }
    }

    /** The sample counts: a server that is closed loses lines. */
    @Test
    void countsWhatACloseLoses() throws Exception {
        try (var process = SAMPLE.start("1", "50", "close")) {
            assertEquals(1, process.awaitExit(), process::printed);
            assertTrue(process.printed().matches("(?s).*lost: [1-9][\\d,]* acknowledged.*"));
        }
    }
}
