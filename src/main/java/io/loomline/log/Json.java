package io.loomline.log;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Writes JSON, the same in every locale. All characters other than printable ASCII are escaped, so
 * the text is safe on a terminal and in every charset.
 *
 * <p><i>Threads:</i> one thread uses it.
 */
public final class Json {
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int FIRST_PRINTABLE = ' ';
    private static final int LAST_PRINTABLE = '~';

    private final StringBuilder text = new StringBuilder();

    /** Whether a value precedes at this level. */
    private boolean needsComma;

    public Json beginObject() {
        return begin('{');
    }

    public Json endObject() {
        return end('}');
    }

    public Json beginArray() {
        return begin('[');
    }

    public Json endArray() {
        return end(']');
    }

    private Json begin(char bracket) {
        separate();
        text.append(bracket);
        needsComma = false;
        return this;
    }

    private Json end(char bracket) {
        text.append(bracket);
        needsComma = true;
        return this;
    }

    /** The name of the next value. */
    public Json name(String name) {
        separate();
        appendString(name);
        text.append(':');
        needsComma = false;
        return this;
    }

    /** A member, which is left out if it is null. */
    public Json member(String name, @Nullable Object value) {
        return value == null ? this : name(name).value(value);
    }

    /** A string, a number, a truth value, or a duration, which becomes its seconds. */
    public Json value(Object value) {
        separate();
        switch (value) {
            case Duration time -> text.append(seconds(time));
            case Integer number -> text.append(number.intValue());
            case Long number -> text.append(number.longValue());
            case Boolean truth -> text.append(truth.booleanValue());
            default -> appendString(value.toString());
        }
        needsComma = true;
        return this;
    }

    /** A value that is JSON already. */
    public Json json(String value) {
        separate();
        text.append(value);
        needsComma = true;
        return this;
    }

    /** An array of values that are JSON already. */
    public static String array(Stream<String> values) {
        var array = new Json().beginArray();
        values.forEach(array::json);
        return array.endArray().toString();
    }

    private static String seconds(Duration time) {
        double seconds = TimeUnit.NANOSECONDS.convert(time) / NANOS_PER_SECOND;
        return String.format(Locale.ROOT, "%.3f", seconds);
    }

    private void separate() {
        if (needsComma) text.append(',');
    }

    private void appendString(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) append(value.charAt(i));
        text.append('"');
    }

    private void append(char c) {
        if (c == '"' || c == '\\') text.append('\\').append(c);
        else if (c >= FIRST_PRINTABLE && c <= LAST_PRINTABLE) text.append(c);
        else text.append("\\u").append(HexFormat.of().toHexDigits(c));
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
