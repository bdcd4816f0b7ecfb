package io.loomline.tls.keys;

import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits the text of a PEM file into records. Lenient outside them, strict inside, so that a file
 * that was cut off is not taken for a shorter one. No message repeats a line of a record.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc7468#section-2">RFC 7468</a>: "Data
 * before the encapsulation boundaries are permitted, and parsers MUST NOT malfunction when
 * processing such data."
 */
final class PemParser {
    private static final Pattern BOUNDARY =
            Pattern.compile("-----(BEGIN|END) ([\\x20-\\x7e]{1,64}?)-----");

    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]*={0,2}");

    /** A byte order mark of UTF-8, read as ISO 8859-1, which editors put before the first line. */
    private static final String BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

    private static final String ENCRYPTED_HEADER = "Proc-Type: 4,ENCRYPTED";

    private final Path file;
    private final String text;
    private final List<PemRecord> records = new ArrayList<>();

    private int line;
    private @Nullable OpenRecord open;

    /** A record whose END line has not been read. */
    private record OpenRecord(int line, String type, StringBuilder base64) {}

    PemParser(Path file, String text) {
        this.file = file;
        this.text = text.startsWith(BYTE_ORDER_MARK) ? text.substring(3) : text;
    }

    /** Returns the records, at least one. */
    List<PemRecord> parse() throws IOException {
        for (String each : text.lines().toList()) {
            line++;
            parseLine(each.strip());
        }
        OpenRecord current = open;
        if (current != null) {
            throw failure("the file ends here: expected " + endOf(current));
        }
        if (records.isEmpty()) {
            line = 1;
            throw failure(
                    isBinary()
                            ? "binary data: expected a PEM file, which begins with -----BEGIN"
                            : "no line of the file begins with -----BEGIN: expected a PEM file");
        }
        return records;
    }

    private boolean isBinary() {
        return text.chars().anyMatch(c -> c < ' ' && !Character.isWhitespace(c));
    }

    private void parseLine(String content) throws IOException {
        if (!content.startsWith("-----")) {
            addContent(content);
            return;
        }
        Matcher boundary = BOUNDARY.matcher(content);
        if (!boundary.matches()) {
            // a row of dashes between records is text like any other
            if (open != null || content.startsWith("-----BEGIN ")) {
                throw failure("a malformed boundary: expected " + expectedBoundary());
            }
        } else if (boundary.group(1).equals("BEGIN")) {
            begin(boundary.group(2));
        } else {
            end(boundary.group(2));
        }
    }

    private String expectedBoundary() {
        OpenRecord current = open;
        return current == null ? "-----BEGIN ...-----" : endOf(current);
    }

    private static String endOf(OpenRecord record) {
        return "-----END %s----- for the record that begins in line %d"
                .formatted(LogText.of(record.type), record.line);
    }

    private void begin(String type) throws IOException {
        OpenRecord current = open;
        if (current != null) {
            throw failure("a record begins inside another: expected " + endOf(current));
        }
        open = new OpenRecord(line, type, new StringBuilder());
    }

    private void end(String type) throws IOException {
        OpenRecord current = open;
        if (current == null) {
            throw failure("a record ends that has not begun: expected -----BEGIN before it");
        }
        if (!current.type.equals(type)) {
            throw failure("the end of another type: expected " + endOf(current));
        }
        records.add(new PemRecord(file, current.line, type, decoded(current)));
        open = null;
    }

    private void addContent(String content) throws IOException {
        OpenRecord current = open;
        if (current == null) return;
        if (content.startsWith(ENCRYPTED_HEADER)) {
            throw failure(
                    "a key in OpenSSL's old encryption: expected PKCS#8, to which"
                            + " 'openssl pkcs8 -topk8 -in old.pem -out new.pem' converts it");
        }
        if (!BASE64.matcher(content).matches()) {
            throw failure("expected base64 or " + endOf(current));
        }
        current.base64.append(content);
    }

    private byte[] decoded(OpenRecord record) throws IOException {
        byte[] content;
        try {
            content = Base64.getDecoder().decode(record.base64.toString());
        } catch (IllegalArgumentException e) { // its message may contain a part of a key
            throw failure("incomplete base64 before this line, in the " + described(record));
        }
        if (content.length == 0) throw failure("expected base64 in the " + described(record));
        return content;
    }

    private static String described(OpenRecord record) {
        return "%s that begins in line %d".formatted(LogText.of(record.type), record.line);
    }

    private IOException failure(String problem) {
        return PemRecord.failure(file, line, problem);
    }
}
