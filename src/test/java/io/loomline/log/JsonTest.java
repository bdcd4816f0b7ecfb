package io.loomline.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** The writer of JSON. */
class JsonTest {
    @Test
    void membersAreSeparated() {
        var json = new Json();
        json.beginObject().member("a", 1).member("none", null).member("b", "two");
        json.name("c").beginArray().value(1L).beginObject().endObject().value("x").endArray();
        json.member("d", Duration.ofMillis(1_500)).endObject();
        assertEquals("{\"a\":1,\"b\":\"two\",\"c\":[1,{},\"x\"],\"d\":1.500}", json.toString());
    }

    @Test
    void everythingButPrintableAsciiIsEscaped() {
        assertEquals(
                "\"\\\"\\\\/\\u0000\\u000a\\u001b[31m\\u007f\\u00e4\\u202e\\ud83d\\ude00\\ud800\"",
                new Json()
                        .value("\"\\/\0\n\u001b[31m\u007f\u00e4\u202e\ud83d\ude00\ud800")
                        .toString());
    }

    @Test
    void namesAreEscaped() {
        assertEquals(
                "{\"\\\"\":0}", new Json().beginObject().member("\"", 0).endObject().toString());
    }
}
