package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.FakeChannel;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Malformed UTF-8 is an error of its line, never a replacement character. */
class MalformedTextTest {
    /** A stray byte, overlong forms, a surrogate, beyond U+10FFFF, and characters cut short. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ff",
                "80",
                "c080",
                "e08080",
                "f0808080",
                "eda080",
                "f4908080",
                "c3",
                "e282",
                "f09f98",
                "61c362"
            })
    void malformedLineIsRefusedOnceAndTheNextIsRead(String hex) throws Exception {
        byte[] bad = HexFormat.of().parseHex(hex);
        var connection =
                Connection.over(
                        FakeChannel.bringing(
                                bytes("first\nbad "), bad, bytes("\r\ngood ä\nlast "), bad),
                        SystemClock.INSTANCE);
        assertEquals("first", connection.readLine());
        assertThrows(CharacterCodingException.class, connection::readLine);
        assertEquals("good ä", connection.readLine());
        assertThrows(CharacterCodingException.class, connection::readLine);
        assertNull(connection.readLine());
    }

    @Test
    void replacementCharacterInTheInputIsText() throws Exception {
        var connection =
                Connection.over(FakeChannel.bringing(bytes("\uFFFD\n")), SystemClock.INSTANCE);
        assertEquals("\uFFFD", connection.readLine());
    }

    @Test
    void messageNamesThePeer() throws Exception {
        var connection =
                Connection.over(
                        FakeChannel.bringing(HexFormat.of().parseHex("ff0a")),
                        SystemClock.INSTANCE);
        var e = assertThrows(CharacterCodingException.class, connection::readLine);
        assertTrue(String.valueOf(e.getMessage()).contains("4321"), e::toString);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
