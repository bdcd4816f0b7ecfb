package io.loomline.driver.unix;

import io.loomline.driver.UnixFile;
import io.loomline.log.ErrorText;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.io.IOException;
import java.net.BindException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The file of a Unix-domain socket before it appears at its path: in a private directory beside the
 * path, where no other user can connect while its mode and its owner are being set. Closing this
 * removes the directory.
 */
final class PreparedFile implements AutoCloseable {
    private static final Logger LOG = Loggers.of(PreparedFile.class);

    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** Short names: the path of a socket has at most 107 bytes. */
    private static final int NAMES = 36 * 36 * 36 * 36;

    private static final int MAX_ATTEMPTS = 100;

    private final Path path;
    private final Path directory;

    /** Has the last name of the path, by which tools find it. */
    private final Path hidden;

    /** Binds a socket to a path, and makes it listen. */
    interface Binding {
        void bind(UnixDomainSocketAddress path) throws IOException;
    }

    private PreparedFile(Path path) throws IOException {
        Path name = path.getFileName();
        if (name == null) throw new BindException(path + " is a directory");
        this.path = path;
        directory = createDirectory(path);
        hidden = directory.resolve(name);
    }

    /** Binds the socket in the private directory, and sets the mode and the owner of its file. */
    static PreparedFile bind(Path path, UnixFile file, Binding binding) throws IOException {
        var prepared = new PreparedFile(path);
        try {
            binding.bind(UnixDomainSocketAddress.of(prepared.hidden));
            prepared.set(file);
            return prepared;
        } catch (Throwable e) {
            prepared.close();
            throw e;
        }
    }

    private static Path createDirectory(Path path) throws IOException {
        for (int attempt = 1; ; attempt++) {
            int number = ThreadLocalRandom.current().nextInt(NAMES);
            Path directory = path.resolveSibling("." + Integer.toString(number, 36));
            try {
                return Files.createDirectory(directory, PRIVATE);
            } catch (FileAlreadyExistsException e) {
                if (attempt == MAX_ATTEMPTS) throw e;
            } catch (UnsupportedOperationException e) {
                throw unsupported(path, e);
            }
        }
    }

    private static UnsupportedOperationException unsupported(Path path, Throwable cause) {
        return new UnsupportedOperationException(
                "unixFile: the file system of " + path + " has no modes and owners", cause);
    }

    /** The mode comes last: a change of the owner may clear bits of it. */
    private void set(UnixFile file) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(
                        hidden, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        UserPrincipalLookupService users = path.getFileSystem().getUserPrincipalLookupService();
        String owner = file.owner();
        String group = file.group();
        if (!group.isEmpty())
            set("group", group, () -> view.setGroup(users.lookupPrincipalByGroupName(group)));
        if (!owner.isEmpty())
            set("owner", owner, () -> view.setOwner(users.lookupPrincipalByName(owner)));
        String mode = file.mode();
        if (!mode.isEmpty())
            set(
                    "mode",
                    mode,
                    () ->
                            Files.setPosixFilePermissions(
                                    hidden, PosixFilePermissions.fromString(mode)));
    }

    /** A change of an attribute of the file. */
    private interface Change {
        void run() throws IOException;
    }

    private void set(String name, String value, Change change) throws IOException {
        try {
            change.run();
        } catch (UserPrincipalNotFoundException e) {
            throw new IOException(
                    "unixFile %s %s of %s: this machine has none of that name"
                            .formatted(name, value, path),
                    e);
        } catch (IOException e) {
            throw new IOException(
                    "unixFile %s %s of %s cannot be set: %s"
                            .formatted(name, value, path, ErrorText.of(e)),
                    e);
        }
    }

    /**
     * Makes the file appear at its path. Unlike a rename, a link never replaces another file.
     *
     * @throws BindException if a file exists there
     */
    void publish() throws IOException {
        try {
            Files.createLink(path, hidden);
        } catch (FileAlreadyExistsException e) {
            var inUse = new BindException("Address already in use");
            inUse.initCause(e);
            throw inUse;
        } catch (UnsupportedOperationException e) {
            throw unsupported(path, e);
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(hidden);
            Files.delete(directory);
        } catch (IOException e) {
            LOG.warn("the directory {} cannot be removed: {}", directory, e.toString());
        }
    }
}
