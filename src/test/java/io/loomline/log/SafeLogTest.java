package io.loomline.log;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;

import org.junit.jupiter.api.Test;

import java.io.IOException;

/** Failures of tasks, whose names and messages may come from peers. */
class SafeLogTest {
    private static final String EVIL = "x\u001b[2J";

    @Test
    void subjectAndExceptionAreEscaped() {
        try (var log = new CapturedLog()) {
            SafeLog.log("task {} failed", EVIL, new IOException(EVIL));
            String text = log.text();
            assertFalse(text.contains("\u001b"), text);
            assertTrue(text.contains("task x\\u001b[2J failed"), text);
            assertTrue(text.contains("IOException: x\\u001b[2J"), text);
            assertTrue(text.contains("SafeLogTest.subjectAndExceptionAreEscaped"), text);
        }
    }
}
