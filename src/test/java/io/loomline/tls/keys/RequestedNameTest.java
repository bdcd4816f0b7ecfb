package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.function.Supplier;

import javax.net.ssl.SNIServerName;

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

    private static SNIServerName name(int type, String text) {
        return new SNIServerName(type, text.getBytes(ISO_8859_1)) {};
    }

    private static String host(SNIServerName... names) {
        return RequestedName.of(new FakeHandshake(() -> List.of(names))).host();
    }

    @Test
    void hostNameIsTakenFromTheHandshake() {
        assertEquals("a.example", host(name(0, "A.example")));
        assertEquals("a.example", host(name(7, "x.example"), name(0, "a.example")));
        assertEquals("", host(name(7, "x.example")));
        assertEquals("", host());
    }

    @Test
    void oddNameMatchesNothingAndDoesNotThrow() {
        for (String odd : List.of("", ".", "..", "*", "*.b.example", "\0", "\u00ff\u00fe", "a b")) {
            RequestedName name = new RequestedName(host(name(0, odd)));
            assertFalse(name.isExactly("b.example"), odd);
            assertFalse(name.isExactly(""), odd);
            assertFalse(name.isCoveredBy("*."), odd);
        }
    }

    @Test
    void providerWithoutNamesHasNone() {
        Supplier<List<SNIServerName>> unsupported =
                () -> {
                    throw new UnsupportedOperationException();
                };
        assertEquals("", RequestedName.of(new FakeHandshake(unsupported)).host());
        assertEquals("", RequestedName.of(new FakeHandshake(() -> null)).host());
    }
}
