package io.loomline.observe.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the command asks the agent, and the files of the answer. They are in a directory that only
 * the user can enter, and the answer appears at once.
 *
 * @param version of what the command understands
 * @param request for the reader in the process
 * @param folder a directory of this question
 */
record Question(String version, String request, Path folder) {
    private static final String SEPARATOR = ";";
    private static final int PARTS = 3;
    private static final char SUCCESS = '+';
    private static final char FAILURE = '-';

    /** The end of a request that is answered until no answer is read. */
    static final String REPEATEDLY = " repeatedly";

    /** An answer. */
    record Answer(boolean success, String text) {}

    /** A question with a new directory and an empty draft, for this user only. */
    static Question create(String version, String request) throws IOException {
        Path folder = Files.createTempDirectory("loomline-");
        var question = new Question(version, request, folder.toAbsolutePath());
        Files.move(Files.createTempFile(folder, "draft", ""), question.draft());
        return question;
    }

    static Question parse(String arguments) {
        List<String> parts = List.of(arguments.split(SEPARATOR, PARTS));
        return new Question(parts.get(0), parts.get(1), Path.of(parts.get(2)));
    }

    /** The form that {@link #parse} reads. */
    String arguments() {
        return String.join(SEPARATOR, version, request, folder.toString());
    }

    Path draft() {
        return folder.resolve("draft");
    }

    private Path answer() {
        return folder.resolve("answer");
    }

    /** Whether the agent answers again and again, until no answer is read. */
    boolean repeats() {
        return request.endsWith(REPEATEDLY);
    }

    /** Whether the process must not end before it has answered. */
    boolean changesProcess() {
        return request.startsWith("drain ");
    }

    /** Writes an answer, in place of one that was not read. Returns whether that was possible. */
    boolean answer(boolean success, String text) {
        try {
            Files.writeString(draft(), (success ? SUCCESS : FAILURE) + text);
            Files.move(draft(), answer(), StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException e) {
            return false; // the command has ended and has deleted the directory
        }
    }

    boolean isAnswered() {
        return Files.exists(answer());
    }

    /** Reads the answer and deletes it. */
    Answer takeAnswer() throws IOException {
        String all = Files.readString(answer());
        Files.deleteIfExists(answer());
        return new Answer(all.charAt(0) == SUCCESS, all.substring(1));
    }

    /** Deletes the files, as far as that is possible. */
    void delete() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) {
            // deleted already, or an answer has come meanwhile
        }
    }
}
