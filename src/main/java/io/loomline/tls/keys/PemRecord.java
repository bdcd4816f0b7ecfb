package io.loomline.tls.keys;

import java.io.IOException;
import java.nio.file.Path;

/** One block of a PEM file, and its place, which every message about it names. */
final class PemRecord {
    private final Path file;
    private final int line;
    private final String type;
    private final byte[] content;

    PemRecord(Path file, int line, String type, byte[] content) {
        this.file = file;
        this.line = line;
        this.type = type;
        this.content = content;
    }

    /** The label of its BEGIN line, such as {@code CERTIFICATE}. */
    String type() {
        return type;
    }

    /** The number of its BEGIN line, from 1. */
    int line() {
        return line;
    }

    /** The decoded bytes. */
    byte[] content() {
        return content.clone();
    }

    /** An exception that begins with the file and the line. */
    IOException failure(String problem) {
        return failure(file, line, problem);
    }

    static IOException failure(Path file, int line, String problem) {
        return new IOException("%s: line %d: %s".formatted(file, line, problem));
    }

    /** Without the content, which may be secret. */
    @Override
    public String toString() {
        return type + " in line " + line + " of " + file;
    }
}
