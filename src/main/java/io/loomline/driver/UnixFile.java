package io.loomline.driver;

/**
 * The mode and the owner of the file of a Unix-domain listener.
 *
 * @param mode the permissions as in {@code rw-rw----}; empty leaves them to the umask
 * @param owner a user's name or number; empty for the user of the process
 * @param group a group's name or number; empty for the group of the process
 */
public record UnixFile(String mode, String owner, String group) {
    /** The umask decides on the mode; the process owns the file. */
    public static final UnixFile DEFAULT = new UnixFile("", "", "");
}
