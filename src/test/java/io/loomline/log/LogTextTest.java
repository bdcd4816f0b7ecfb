package io.loomline.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Text from a peer is escaped, cut and rate-limited before it is logged. */
class LogTextTest {
    private static final String EVIL = "\u001b[2J root logged in\r\n\u009b31m";

    @Test
    void controlCharactersAreEscaped() {
        assertEquals("\\u001b[2J root logged in\\u000d\\u000a\\u009b31m", LogText.of(EVIL));
        assertEquals("gr\u00fc\u00df dich", LogText.of("gr\u00fc\u00df dich"));
    }

    @Test
    void charactersThatMoveOrHideTextAreEscaped() {
        assertEquals("a\\u202eb\\u2028c\\u200bd", LogText.of("a\u202eb\u2028c\u200bd"));
        assertEquals("\ud83d\ude00", LogText.of("\ud83d\ude00"));
    }

    @Test
    void charactersBeyondTheFirstPlaneAreEscapedByTheSameRules() {
        assertEquals("a\\U000e0001b", LogText.of("a\udb40\udc01b")); // a language tag
    }

    @Test
    void charactersWithoutMeaningAreEscaped() {
        assertEquals("a\\ud83db\\ude00", LogText.of("a\ud83db\ude00"));
        assertEquals("\\ue000\\U000f0000", LogText.of("\ue000\udb80\udc00")); // private use
        assertEquals("\\u0378\\uffff", LogText.of("\u0378\uffff")); // unassigned
    }

    @Test
    void cutKeepsSurrogatePairs() {
        String shown = LogText.of("x" + "\ud83d\ude00".repeat(300));
        assertEquals("x" + "\ud83d\ude00".repeat(255) + "...", shown);
        assertEquals(shown, new String(shown.getBytes(UTF_8), UTF_8));
    }

    @Test
    void longTextIsCut() {
        assertEquals("x".repeat(256), LogText.of("x".repeat(256)));
        assertEquals("x".repeat(256) + "...", LogText.of("x".repeat(257)));
    }

    @Test
    void exceptionIsPrintedWithItsStackAndItsMessageEscaped() {
        var cause = new IOException(EVIL);
        var printable = LogText.printable(new IllegalStateException("outer", cause));
        var printed = new StringWriter();
        printable.printStackTrace(new PrintWriter(printed));
        assertFalse(printed.toString().contains("\u001b"), printed::toString);
        assertTrue(printed.toString().contains("root logged in"));
        assertTrue(printed.toString().contains("exceptionIsPrintedWithItsStack"));
        var clean = new IllegalStateException("clean");
        assertSame(clean, LogText.printable(clean));
    }

    @Test
    void tenLinesASecondAreLoggedAndTheOthersCounted() {
        var clock = new ManualClock();
        var rate = new LogRate(10, clock::nanoTime);
        List<String> logged = new ArrayList<>();
        for (int i = 0; i < 25; i++) rate.log(logged::add);
        assertEquals(10, logged.size());
        clock.advance(Duration.ofSeconds(1));
        rate.log(logged::add);
        assertEquals(" (before it, 15 such lines left out)", logged.getLast());
        rate.log(logged::add);
        assertEquals("", logged.getLast());
    }

    @Test
    void secondStartsWithTheFirstLine() {
        var clock = new ManualClock();
        var rate = new LogRate(1, clock::nanoTime);
        List<String> logged = new ArrayList<>();
        clock.advance(Duration.ofMillis(900));
        rate.log(logged::add);
        clock.advance(Duration.ofMillis(999));
        rate.log(logged::add);
        assertEquals(1, logged.size());
        clock.advance(Duration.ofMillis(1));
        rate.log(logged::add);
        assertEquals(2, logged.size());
    }
}
