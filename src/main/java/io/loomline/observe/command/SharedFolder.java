package io.loomline.observe.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A new directory that this process and another one both see. On Linux, the other process may have
 * files of its own, as in a container or with {@code PrivateTmp} of systemd. Inside is a directory
 * for answers, which belongs to the user of the other process. As root, this process trusts no name
 * in there: that user may have replaced it by a link.
 *
 * <p><i>Source:</i> proc(5), {@code /proc/PID/root}.
 *
 * @param here its path for this process
 * @param there its path for the other process
 * @param isForeign whether the other process has other files or another user
 */
record SharedFolder(Path here, Path there, boolean isForeign) {
    private static final String ANSWERS = "answers";

    private static final FileAttribute<Set<PosixFilePermission>> ONLY_ITS_USER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final Set<PosixFilePermission> ENTERED_BY_ALL =
            PosixFilePermissions.fromString("rwx--x--x");

    private static final Set<PosixFilePermission> READ_BY_ALL =
            PosixFilePermissions.fromString("rw-r--r--");

    private static final String USER = "unix:uid";
    private static final String GROUP = "unix:gid";
    private static final Path TEMPORARY = Path.of("/tmp");

    /** Creates the directory. */
    static SharedFolder create(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        Path own = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
        Path root = process.resolve("root");
        if (!Files.isReadable(root))
            return withAnswers(common(own, false)); // not Linux, or refused
        boolean isOtherUser = !ownerOf(process).equals(ownerOf(Path.of("/proc/self")));
        SharedFolder created = isSame(own, inside(root, own)) ? common(own, isOtherUser) : in(root);
        try {
            Files.createDirectory(created.answersHere(), ONLY_ITS_USER);
            if (isOtherUser) {
                Files.setPosixFilePermissions(created.here(), ENTERED_BY_ALL);
                give(created.answersHere(), process);
            }
            return created;
        } catch (IOException e) {
            created.delete();
            throw e;
        }
    }

    private static SharedFolder common(Path parent, boolean isForeign) throws IOException {
        Path folder = Files.createTempDirectory(parent, "loomline-");
        return new SharedFolder(folder, folder, isForeign);
    }

    private static SharedFolder withAnswers(SharedFolder created) throws IOException {
        Files.createDirectory(created.answersHere());
        return created;
    }

    Path answersHere() {
        return here.resolve(ANSWERS);
    }

    Path answersThere() {
        return there.resolve(ANSWERS);
    }

    private static SharedFolder in(Path root) throws IOException {
        Path temporary = inside(root, TEMPORARY);
        if (!Files.isDirectory(temporary, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(temporary + " is no directory"); // a link leads elsewhere here
        }
        Path folder = Files.createTempDirectory(inside(root, TEMPORARY), "loomline-");
        return new SharedFolder(
                folder, TEMPORARY.resolve(root.resolve("tmp").relativize(folder)), true);
    }

    private static Path inside(Path root, Path path) {
        return root.resolve(path.getRoot().relativize(path));
    }

    /** The device and the number: other than names, they tell files of other roots apart. */
    private static boolean isSame(Path one, Path other) throws IOException {
        return Files.exists(other) && Files.isSameFile(one, other);
    }

    private static Object ownerOf(Path file) throws IOException {
        return Files.getAttribute(file, USER);
    }

    /** Gives a file the owner of another one. */
    private static void give(Path file, Path like) throws IOException {
        Object group = Files.getAttribute(like, GROUP);
        Files.setAttribute(file, GROUP, group, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(file, USER, ownerOf(like), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * A file that the other process can read: the file itself, or a copy in the directory.
     *
     * @return its path for the other process
     */
    Path readable(Path file) throws IOException {
        if (!isForeign) return file;
        Path copy = here.resolve(file.getFileName());
        Files.copy(file, copy);
        Files.setPosixFilePermissions(copy, READ_BY_ALL);
        return there.resolve(file.getFileName());
    }

    /** Deletes the files, as far as that is possible. */
    void delete() {
        delete(answersHere());
        delete(here);
    }

    /** Not deeper: directories inside may be replaced by links. */
    private static void delete(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path each : files.toList()) Files.deleteIfExists(each);
            Files.deleteIfExists(folder);
        } catch (IOException | UncheckedIOException e) {
            // deleted already, or an answer has come meanwhile
        }
    }
}
