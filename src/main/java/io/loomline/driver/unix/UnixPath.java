package io.loomline.driver.unix;

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
 * The file in which a Unix-domain socket is found. The kernel makes it and never removes it: one
 * that a server left behind would keep the next from listening there.
 */
public final class UnixPath {
    private static final Logger LOG = Loggers.of(UnixPath.class);

    /** S_IFMT and S_IFSOCK of inode(7). */
    private static final int KIND_OF_FILE = 0xF000;

    private static final int SOCKET = 0xC000;

    /** So that of two servers in this process none takes the other's file for a stale one. */
    private static final ReentrantLock BINDING = new ReentrantLock();

    private final Path path;

    /** What makes the file ours: device and inode, which stays taken while the socket is open. */
    private final @Nullable Object key;

    /** Guarded by {@link #BINDING}. */
    private boolean removed;

    /** What makes the file: bind(2), as the driver calls it. */
    public interface Binding {
        /**
         * Binds the socket.
         *
         * @throws BindException if there is a file already
         * @throws IOException if that fails for another reason
         */
        void bind() throws IOException;
    }

    private UnixPath(Path path, @Nullable Object key) {
        this.path = path;
        this.key = key;
    }

    /**
     * Binds a socket, also where there is a file at which nobody listens any more.
     *
     * @param local where
     * @param binding binds it; called again once what was in the way is gone
     * @return the file, ours
     * @throws IOException if the path cannot be had; the message says why
     */
    public static UnixPath bind(UnixDomainSocketAddress local, Binding binding) throws IOException {
        Path path = local.getPath();
        BINDING.lock();
        try {
            try {
                binding.bind();
            } catch (BindException e) {
                removeIfStale(local, e);
                binding.bind();
            }
            return new UnixPath(path, keyOf(path));
        } finally {
            BINDING.unlock();
        }
    }

    private static void removeIfStale(UnixDomainSocketAddress address, BindException inUse)
            throws IOException {
        Path path = address.getPath();
        Object before = keyOf(path);
        if (before == null) throw inUse;
        if (!isSocket(path)) throw refused("it is a file, and no socket", inUse);
        if (isAnswered(address)) throw refused("a server is listening there", inUse);
        // another process may have been faster: its file is another one
        if (!before.equals(keyOf(path))) throw inUse;
        LOG.info("removing {}, at which nobody listens", path);
        Files.deleteIfExists(path);
    }

    private static BindException refused(String why, BindException inUse) {
        var refused = new BindException(ErrorText.of(inUse) + ": " + why);
        refused.initCause(inUse);
        return refused;
    }

    /**
     * Whether the path of an address is a socket's.
     *
     * @param address the address
     * @return false also if there is nothing, or nobody may look
     */
    public static boolean isSocket(UnixDomainSocketAddress address) {
        try {
            return isSocket(address.getPath().toRealPath());
        } catch (IOException e) {
            return false;
        }
    }

    /** Connecting to a file, or a pipe, is refused just as connecting to a stale socket. */
    private static boolean isSocket(Path path) throws IOException {
        try {
            Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            return ((Integer) mode & KIND_OF_FILE) == SOCKET;
        } catch (UnsupportedOperationException e) { // a file system that has no pipes
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther();
        }
    }

    /** Anything but a refusal, such as a full queue, is a sign of life. */
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
            return null; // gone
        }
    }

    /**
     * Removes the file if it is still ours. To be called before the socket is closed: from then on
     * another file may have the same inode.
     */
    public void remove() {
        BINDING.lock(); // whoever comes second closes the socket only after this
        try {
            if (!removed && key != null && key.equals(keyOf(path))) Files.deleteIfExists(path);
            removed = true;
        } catch (IOException e) {
            LOG.warn("{} stays behind: it cannot be removed: {}", path, e.toString());
        } finally {
            BINDING.unlock();
        }
    }
}
