package io.loomline.observe.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A new directory that this process and another one both see, and that only the user of the other
 * one can enter, besides root. On Linux, the other process may have files of its own, as in a
 * container or with {@code PrivateTmp} of systemd.
 *
 * <p><i>Source:</i> proc(5), {@code /proc/PID/root}.
 *
 * @param here its path for this process
 * @param there its path for the other process
 * @param isForeign whether the other process has other files or another user
 */
record SharedFolder(Path here, Path there, boolean isForeign) {
    private static final String USER = "unix:uid";
    private static final String GROUP = "unix:gid";
    private static final Path TEMPORARY = Path.of("/tmp");

    /** Creates the directory. */
    static SharedFolder create(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        Path own = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
        Path root = process.resolve("root");
        if (!Files.isReadable(root)) return common(own, false); // not Linux, or not permitted
        boolean isOtherUser = !ownerOf(process).equals(ownerOf(Path.of("/proc/self")));
        SharedFolder created = isSame(own, inside(root, own)) ? common(own, isOtherUser) : in(root);
        try {
            if (isOtherUser) give(created.here(), process);
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

    private static SharedFolder in(Path root) throws IOException {
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
        Files.setAttribute(file, GROUP, Files.getAttribute(like, GROUP));
        Files.setAttribute(file, USER, ownerOf(like));
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
        give(copy, here);
        return there.resolve(file.getFileName());
    }

    /** Deletes the files, as far as that is possible. */
    void delete() {
        try (Stream<Path> files = Files.walk(here)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) {
            // deleted already, or an answer has come meanwhile
        }
    }
}
