package io.loomline.driver;

import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/**
 * The mode, the owner and the group of the file of a Unix-domain listener. Whoever may write to the
 * file may connect.
 *
 * <p>The file appears at its path with all of them set, so no other user can connect before. Until
 * then the listener is bound in a private directory beside the path, which is removed again. Tools
 * that show the kernel's name of a socket, such as {@code ss}, show the path in that directory.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>: "On
 * Linux, connecting to a stream socket object requires write permission on that socket".
 *
 * @param mode the permissions as in {@code rw-rw----}; empty leaves them to the umask
 * @param owner a user's name or number; empty for the user of the process
 * @param group a group's name or number; empty for the group of the process
 */
public record UnixFile(String mode, String owner, String group) {
    /** The umask decides on the mode; the process owns the file. */
    public static final UnixFile DEFAULT = new UnixFile("", "", "");

    /**
     * Checks the mode.
     *
     * @throws IllegalArgumentException if the mode is neither empty nor nine characters as in
     *     {@code rw-rw----}
     */
    public UnixFile {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(group, "group");
        if (!mode.isEmpty()) requireMode(mode);
    }

    private static void requireMode(String mode) {
        try {
            PosixFilePermissions.fromString(mode);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "mode " + mode + ": expected nine characters as in rw-rw----", e);
        }
    }

    /**
     * A copy with another mode.
     *
     * @param mode the permissions as in {@code rw-rw----}; empty leaves them to the umask
     * @return the copy
     * @throws IllegalArgumentException if the mode is neither empty nor nine such characters
     */
    public UnixFile withMode(String mode) {
        return new UnixFile(mode, owner, group);
    }

    /**
     * A copy with another owner.
     *
     * @param owner a user's name or number; empty for the user of the process
     * @return the copy
     */
    public UnixFile withOwner(String owner) {
        return new UnixFile(mode, owner, group);
    }

    /**
     * A copy with another group.
     *
     * @param group a group's name or number; empty for the group of the process
     * @return the copy
     */
    public UnixFile withGroup(String group) {
        return new UnixFile(mode, owner, group);
    }
}
