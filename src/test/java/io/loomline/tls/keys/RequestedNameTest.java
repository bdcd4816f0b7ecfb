package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RequestedNameTest {
    private static boolean isCovered(String host, String pattern) {
        return new RequestedName(host).isCoveredBy(pattern);
    }

    private static boolean isExact(String host, String pattern) {
        return new RequestedName(host).isExactly(pattern);
    }

    @Test
    void caseAndFinalDotDoNotMatter() {
        assertTrue(isExact("A.Example.", "a.example"));
        assertTrue(isExact("a.example", "A.EXAMPLE."));
        assertTrue(isCovered("X.Example.", "*.eXample"));
        assertFalse(isExact("a.example..", "a.example"));
    }

    @Test
    void asteriskReplacesOneWholeLabel() {
        assertTrue(isCovered("x.b.example", "*.b.example"));
        assertFalse(isCovered("x.y.b.example", "*.b.example"));
        assertFalse(isCovered("b.example", "*.b.example"));
        assertFalse(isCovered(".b.example", "*.b.example"));
        assertFalse(isCovered("xy.b.example", "x*.b.example"));
        assertFalse(isCovered("x.b.example", "x.*.example"));
        assertFalse(isCovered("example", "*"));
    }

    @Test
    void missingNameMatchesNothing() {
        RequestedName none = RequestedName.of(null);
        assertEquals("", none.host());
        assertFalse(none.isExactly(""));
        assertFalse(none.isCoveredBy("*."));
    }
}
