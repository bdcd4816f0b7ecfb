package io.loomline.tls.keys;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.log.LogText;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** A PEM file: its records, in order. Text between them is ignored, as tools write some. */
record PemFile(Path path, List<PemRecord> records) {
    /** A bundle of all public authorities has about 250 KiB. */
    static final int MAX_BYTES = 1 << 20;

    PemFile {
        records = List.copyOf(records);
    }

    /**
     * Reads a file.
     *
     * @return its records, at least one
     * @throws IOException if the file cannot be read, is too large or is malformed
     */
    static PemFile read(Path path) throws IOException {
        byte[] bytes = bytes(path);
        if (bytes.length == 0) {
            throw PemRecord.failure(path, 1, "the file is empty: expected -----BEGIN");
        }
        return new PemFile(path, new PemParser(path, text(bytes)).parse());
    }

    /** The input stream ignores interrupts: a cancelled task must not look like a broken file. */
    private static byte[] bytes(Path path) throws IOException {
        // a pipe might block the caller, and could not be read a second time
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new IOException(path + ": not a regular file");
        }
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length <= MAX_BYTES) return bytes;
        } catch (NoSuchFileException e) {
            throw new IOException(path + ": no such file", e);
        } catch (IOException e) {
            throw new IOException(path + ": cannot be read: " + LogText.of(e), e);
        }
        throw new IOException(
                "%s: larger than %d bytes: expected a PEM file".formatted(path, MAX_BYTES));
    }

    /** The characters outside ASCII do not matter, as they occur only between records. */
    private static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }
}
