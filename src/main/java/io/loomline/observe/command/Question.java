package io.loomline.observe.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * What the command asks the agent, and the files of the answer. They are in a directory that only
 * the user can enter, and the answer appears at once.
 *
 * @param version of what the command understands
 * @param repeats whether it is answered until no answer is read
 * @param folder a directory for the answers to this question, as the process sees it that reads
 *     this. The request is beside it if it is changed later
 * @param request for the reader in the process
 */
record Question(String version, boolean repeats, Path folder, String request) {
    private static final String SEPARATOR = ";";
    private static final int PARTS = 4;
    private static final char SUCCESS = '+';
    private static final char FAILURE = '-';

    /** An answer. */
    record Answer(boolean success, String text) {}

    /**
     * Reads the arguments of the agent. The request is last: it may have any characters. The folder
     * has no separator, as {@link #arguments} checks.
     */
    static Question parse(String arguments) {
        List<String> parts = List.of(arguments.split(SEPARATOR, PARTS));
        boolean repeats = Boolean.parseBoolean(parts.get(1));
        return new Question(parts.get(0), repeats, Path.of(parts.get(2)), parts.get(3));
    }

    /** The form that {@link #parse} reads, in a process that sees the directory elsewhere. */
    String arguments(Path seenAt) throws IOException {
        String seen = seenAt.toString();
        if (seen.contains(SEPARATOR)) {
            throw new IOException(
                    "the directory of temporary files has a semicolon in its name: " + seen);
        }
        return String.join(SEPARATOR, version, Boolean.toString(repeats), seen, request);
    }

    /** Changes the request of a question that repeats. Called by the command. */
    Question changeTo(String changed) throws IOException {
        if (changed.equals(request)) return this;
        Path draft = folder.resolveSibling("next");
        Files.writeString(draft, changed);
        Files.move(draft, changed(), StandardCopyOption.ATOMIC_MOVE);
        return new Question(version, repeats, folder, changed);
    }

    /** The question with the last change. Called in the process that answers. */
    Question latest() {
        try {
            return new Question(version, repeats, folder, Files.readString(changed()));
        } catch (IOException e) {
            return this; // it was not changed, or the command has ended
        }
    }

    private Path changed() {
        return folder.resolveSibling("request");
    }

    private Path draft() {
        return folder.resolve("draft");
    }

    private Path answer() {
        return folder.resolve("answer");
    }

    /** Whether the process must not end before it has answered. */
    boolean changesProcess() {
        return request.startsWith("drain ");
    }

    /**
     * Writes an answer, in place of one that was not read. If that fails, such as on a full disk,
     * the answer is the failure. Returns false if the command has ended.
     */
    boolean answer(boolean success, String text) {
        try {
            put(success, text);
            return true;
        } catch (IOException e) {
            return Files.exists(folder) && answerFailure(e);
        }
    }

    private boolean answerFailure(IOException failure) {
        try {
            put(false, "it cannot write its answer: " + failure);
            return true;
        } catch (IOException e) {
            return false; // nothing can be written
        }
    }

    /** Not by writeString, which fails if a character has no form in UTF-8. */
    private void put(boolean success, String text) throws IOException {
        String all = (success ? SUCCESS : FAILURE) + text;
        Files.write(draft(), all.getBytes(StandardCharsets.UTF_8));
        Files.move(draft(), answer(), StandardCopyOption.ATOMIC_MOVE);
    }

    boolean isAnswered() {
        return Files.exists(answer(), LinkOption.NOFOLLOW_LINKS);
    }

    /** Reads the answer and deletes it. */
    Answer takeAnswer() throws IOException {
        if (!Files.isRegularFile(answer(), LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("the answer is not a file: " + answer());
        }
        String all;
        try (InputStream file = Files.newInputStream(answer(), LinkOption.NOFOLLOW_LINKS)) {
            all = new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
        Files.deleteIfExists(answer());
        return new Answer(all.charAt(0) == SUCCESS, all.substring(1));
    }
}
