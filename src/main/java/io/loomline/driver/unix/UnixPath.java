package io.loomline.driver.unix;

import io.loomline.driver.UnixFile;
import io.loomline.log.ErrorText;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The file of a listening Unix-domain socket. The kernel creates it and never removes it, so a
 * stale file of an earlier server would prevent the next one from listening.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>:
 * "Binding to a socket with a filename creates a socket in the filesystem that must be deleted by
 * the caller when it is no longer needed (using unlink(2))."
 */
public final class UnixPath {
    private static final Logger LOG = Loggers.of(UnixPath.class);

    /** S_IFMT in inode(7): the mask of the file type. */
    private static final int FILE_TYPE = 0xF000;

    /** S_IFSOCK in inode(7). */
    private static final int SOCKET = 0xC000;

    /** Prevents a server in this process from treating another one's new file as stale. */
    private static final ReentrantLock BINDING = new ReentrantLock();

    private final UnixDomainSocketAddress address;

    /** Device and inode. While the socket is open, no other file has the same inode. */
    private final @Nullable Object key;

    /** Whether this process is done with the file. Guarded by {@link #BINDING}. */
    private boolean released;

    /** The driver's call of bind(2), which creates the file, and of listen(2). */
    public interface Binding {
        /**
         * Binds the socket and makes it listen.
         *
         * @param path the address of the file
         * @throws BindException if a file exists at the path
         * @throws IOException if binding fails for another reason
         */
        void bind(UnixDomainSocketAddress path) throws IOException;
    }

    /** Asks for the other processes that hold a socket. */
    public interface Probe {
        /**
         * Whether a socket of any process is bound to the file at a path.
         *
         * @param path the address of the file
         * @return true also if that is unknown
         * @throws IOException if the path is no address
         */
        boolean isBound(UnixDomainSocketAddress path) throws IOException;
    }

    /** Creates the file at its path. */
    private interface Creation {
        void run() throws IOException;
    }

    private UnixPath(UnixDomainSocketAddress address) {
        this.address = address;
        this.key = keyOf(address.getPath());
    }

    /**
     * Binds a socket to a path. Replaces a stale file, at which no server listens any more. If this
     * fails, no file is left behind.
     *
     * @param local the address of the path
     * @param file the mode and the owner of the file, which has them when it appears at the path
     * @param binding binds the socket; called again after a stale file was removed
     * @return the new file
     * @throws IOException if the path cannot be bound, or the mode or the owner cannot be set; the
     *     message gives the reason
     * @throws UnsupportedOperationException if the file system has no modes or owners
     */
    public static UnixPath bind(UnixDomainSocketAddress local, UnixFile file, Binding binding)
            throws IOException {
        if (file.equals(UnixFile.DEFAULT)) return create(local, () -> binding.bind(local));
        try (PreparedFile prepared = PreparedFile.bind(local.getPath(), file, binding::bind)) {
            return create(local, prepared::publish);
        }
    }

    private static UnixPath create(UnixDomainSocketAddress local, Creation creation)
            throws IOException {
        BINDING.lock();
        try {
            try {
                creation.run();
            } catch (BindException e) {
                removeIfStale(local, e);
                creation.run();
            }
            return new UnixPath(local);
        } finally {
            BINDING.unlock();
        }
    }

    /**
     * The file of a listening socket that was received from the process that has created it.
     *
     * @param local the address of the path
     * @return the file; another one that has replaced it meanwhile may be taken for it
     */
    public static UnixPath received(UnixDomainSocketAddress local) {
        return new UnixPath(local);
    }

    private static void removeIfStale(UnixDomainSocketAddress address, BindException inUse)
            throws IOException {
        Path path = address.getPath();
        Object before = keyOf(path);
        if (before == null) throw inUse;
        if (!isSocket(path)) throw refused("the existing file is no socket", inUse);
        if (isAnswered(address)) throw refused("a server is listening there", inUse);
        // another process may have replaced the stale file meanwhile
        if (!before.equals(keyOf(path))) throw inUse;
        LOG.info("removing the stale socket file {}: no server listens there", path);
        Files.deleteIfExists(path);
    }

    private static BindException refused(String why, BindException inUse) {
        var refused = new BindException(ErrorText.of(inUse) + ": " + why);
        refused.initCause(inUse);
        return refused;
    }

    /**
     * Whether the path of an address leads to a socket.
     *
     * @param address the address
     * @return false also if the path does not exist or is not accessible
     */
    public static boolean isSocket(UnixDomainSocketAddress address) {
        try {
            return isSocket(address.getPath().toRealPath());
        } catch (IOException e) {
            return false;
        }
    }

    /** Connecting to another kind of file fails with the same error as to a stale socket. */
    private static boolean isSocket(Path path) throws IOException {
        try {
            Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            return ((Integer) mode & FILE_TYPE) == SOCKET;
        } catch (UnsupportedOperationException e) { // a file system without pipes
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther();
        }
    }

    /** Any result except a refusal shows that a server listens, such as a full queue. */
    private static boolean isAnswered(UnixDomainSocketAddress address) {
        try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(address);
            return true;
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static @Nullable Object keyOf(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (IOException e) {
            return null; // the file does not exist
        }
    }

    /**
     * The address of the path.
     *
     * @return the address
     */
    public UnixDomainSocketAddress address() {
        return address;
    }

    /**
     * Removes the file, unless another one has replaced it. Must be called before the socket is
     * closed, because then another file may get the same inode. Idempotent.
     */
    public void remove() {
        removeUnless(_ -> false);
    }

    /**
     * Removes the file of a socket that other processes hold too, unless one of them still does. So
     * the last one of them removes it. Must be called after this process has closed the socket.
     * Idempotent.
     *
     * @param probe the driver's
     */
    public void removeUnless(Probe probe) {
        BINDING.lock(); // a second thread closes the socket only after the removal
        try {
            if (!released && isOurs() && !probe.isBound(address)) {
                Files.deleteIfExists(address.getPath());
            }
            released = true;
        } catch (IOException e) {
            LOG.warn("the socket file {} cannot be removed: {}", address, e.toString());
        } finally {
            BINDING.unlock();
        }
    }

    private boolean isOurs() throws IOException {
        Path path = address.getPath();
        return key != null && key.equals(keyOf(path)) && isSocket(path);
    }
}
