package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class PemFileTest {
    private static final String RECORD =
            """
            -----BEGIN A THING-----
            AQID
            BA==
            -----END A THING-----
            """;

    @TempDir private Path directory;

    private Path file;

    private List<PemRecord> read(String text) throws IOException {
        file = Files.writeString(directory.resolve("file.pem"), text);
        return PemFile.read(file).records();
    }

    private PemRecord readOne(String text) throws IOException {
        List<PemRecord> records = read(text);
        assertEquals(1, records.size());
        return records.getFirst();
    }

    /** Requires the message to begin with the file and the line; returns the rest. */
    private String failureAt(int line, String text) {
        String message = assertThrows(IOException.class, () -> read(text)).getMessage();
        String place = "%s: line %d: ".formatted(file, line);
        assertEquals(place, message.substring(0, Math.min(place.length(), message.length())));
        return message.substring(place.length());
    }

    @Test
    void recordHasTypeLineAndContent() throws IOException {
        PemRecord record = readOne("a text\n" + RECORD);
        assertEquals("A THING", record.type());
        assertEquals(2, record.line());
        assertArrayEquals(new byte[] {1, 2, 3, 4}, record.content());
        assertEquals("A THING in line 2 of " + file, record.toString());
    }

    @Test
    void lineEndsAndBlanksDoNotMatter() throws IOException {
        byte[] content = {1, 2, 3, 4};
        assertArrayEquals(content, readOne(RECORD.replace("\n", "\r\n")).content());
        assertArrayEquals(content, readOne(RECORD.strip()).content());
        assertArrayEquals(content, readOne(RECORD.replace("\n", " \t\n  ")).content());
        assertArrayEquals(content, readOne(RECORD.replace("AQID\n", "AQID\n\n")).content());
        assertArrayEquals(content, readOne("\ufeff" + RECORD).content());
    }

    @Test
    void textAroundRecordsIsIgnored() throws IOException {
        List<PemRecord> records =
                read(
                        "Bag Attributes\n    naïve: 1\n-----\n"
                                + RECORD
                                + "between\n"
                                + RECORD
                                + "after");
        assertEquals(List.of(4, 9), records.stream().map(PemRecord::line).toList());
    }

    @Test
    void unfinishedRecordIsRejected() {
        assertEquals(
                "the file ends here: expected -----END A THING----- for the record that begins in"
                        + " line 1",
                failureAt(3, "-----BEGIN A THING-----\nAQID\nBA==\n"));
        assertEquals(
                "a malformed boundary: expected -----END A THING----- for the record that begins"
                        + " in line 1",
                failureAt(4, RECORD.replace("END A THING-----", "END A THI")));
        assertEquals(
                "a malformed boundary: expected -----BEGIN ...-----",
                failureAt(1, RECORD.replace("BEGIN A THING-----", "BEGIN A THING----")));
    }

    @Test
    void boundariesMustMatch() {
        assertEquals(
                "the end of another type: expected -----END A THING----- for the record that"
                        + " begins in line 1",
                failureAt(4, RECORD.replace("END A", "END THE")));
        assertEquals(
                "a record begins inside another: expected -----END A THING----- for the record"
                        + " that begins in line 1",
                failureAt(2, "-----BEGIN A THING-----\n" + RECORD));
        assertEquals(
                "a record ends that has not begun: expected -----BEGIN before it",
                failureAt(3, RECORD.replace("-----BEGIN A THING-----\n", "")));
    }

    @Test
    void brokenContentIsRejectedWithoutRepeatingIt() {
        assertEquals(
                "expected base64 or -----END A THING----- for the record that begins in line 1",
                failureAt(2, RECORD.replace("AQID", "A*ID")));
        assertEquals(
                "incomplete base64 before this line, in the A THING that begins in line 1",
                failureAt(4, RECORD.replace("BA==", "B")));
        assertEquals(
                "expected base64 in the A THING that begins in line 1",
                failureAt(2, "-----BEGIN A THING-----\n-----END A THING-----"));
    }

    @Test
    void otherFilesAreRejected() throws IOException {
        assertEquals("the file is empty: expected -----BEGIN", failureAt(1, ""));
        assertEquals(
                "no line of the file begins with -----BEGIN: expected a PEM file",
                failureAt(1, "some text\n"));
        assertEquals(
                "binary data: expected a PEM file, which begins with -----BEGIN",
                failureAt(1, "0\u0082\u0001\u0002"));
    }

    @Test
    void oldEncryptionIsRejectedWithAWayToConvert() {
        String message =
                failureAt(
                        2,
                        RECORD.replace(
                                "AQID",
                                "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAQID"));
        assertEquals(
                "a key in OpenSSL's old encryption: expected PKCS#8, to which 'openssl pkcs8"
                        + " -topk8 -in old.pem -out new.pem' converts it",
                message);
    }

    @Test
    void fileThatCannotBeReadIsNamed() {
        Path missing = directory.resolve("missing.pem");
        assertEquals(missing + ": no such file", failure(missing));
        assertEquals(directory + ": not a regular file", failure(directory));
    }

    private static String failure(Path path) {
        return assertThrows(IOException.class, () -> PemFile.read(path)).getMessage();
    }

    @Test
    void largeFileIsRejected() throws IOException {
        int surplus = RECORD.length() + 1;
        read(RECORD + "x".repeat(PemFile.MAX_BYTES - surplus) + "\n");
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> read(RECORD + "x".repeat(PemFile.MAX_BYTES - surplus) + "\n\n"));
        assertEquals(file + ": larger than 1048576 bytes: expected a PEM file", e.getMessage());
    }

    /** A cancelled task that accepts a connection must not take the files for broken. */
    @Test
    void interruptedThreadReads() throws IOException {
        Thread.currentThread().interrupt();
        try {
            assertFalse(read(RECORD).isEmpty());
        } finally {
            assertEquals(true, Thread.interrupted());
        }
    }
}
