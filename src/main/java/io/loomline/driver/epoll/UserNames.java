package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.loomline.driver.PeerCredentials;
import io.loomline.driver.libc.Errno;
import io.loomline.driver.libc.Libc;
import io.loomline.driver.unix.NumericPrincipal;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileSystems;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;

/**
 * Looks up the names of users and groups by their numbers. The lookup may query the network, so it
 * may block.
 *
 * <p><i>Source:</i> <a
 * href="https://man7.org/linux/man-pages/man3/getpwnam.3.html">getpwnam(3)</a>: "However, with
 * recent systems it also refers to network wide databases using NIS, LDAP and other local files as
 * configured in /etc/nsswitch.conf."
 */
@SuppressWarnings("restricted")
final class UserNames {
    /** Exceeds the size of struct passwd and struct group. Both begin with the name's address. */
    private static final int STRUCTURE_BYTES = 128;

    private static final int FIRST_BUFFER_BYTES = 1024;

    private static final MethodHandle USER =
            Libc.blocking("getpwuid_r", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    private static final MethodHandle GROUP =
            Libc.blocking("getgrgid_r", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);

    private UserNames() {}

    static PeerCredentials credentials(int user, int group) throws IOException {
        return new PeerCredentials(user(user), group(group));
    }

    private static UserPrincipal user(int number) throws IOException {
        String name = name(USER, number);
        if (name == null && number < 0) return NumericPrincipal.of(number);
        return names().lookupPrincipalByName(name == null ? Integer.toString(number) : name);
    }

    private static GroupPrincipal group(int number) throws IOException {
        String name = name(GROUP, number);
        if (name == null && number < 0) return NumericPrincipal.of(number);
        return names().lookupPrincipalByGroupName(name == null ? Integer.toString(number) : name);
    }

    /** The service also finds numbers, except those that the JDK treats as negative. */
    private static UserPrincipalLookupService names() {
        return FileSystems.getDefault().getUserPrincipalLookupService();
    }

    /** Returns the name of a number; null if it has none. */
    private static @Nullable String name(MethodHandle function, int number) {
        for (int bytes = FIRST_BUFFER_BYTES; ; bytes *= 2) {
            try (var arena = Arena.ofConfined()) {
                MemorySegment errno = arena.allocate(JAVA_INT);
                MemorySegment entry = arena.allocate(STRUCTURE_BYTES, ADDRESS.byteAlignment());
                MemorySegment found = arena.allocate(ADDRESS);
                MemorySegment text = arena.allocate(bytes);
                int result =
                        (int) function.invokeExact(errno, number, entry, text, (long) bytes, found);
                if (result == Errno.ERANGE) continue;
                if (result != 0 || found.get(ADDRESS, 0).address() == 0) return null;
                return entry.get(ADDRESS, 0).reinterpret(bytes).getString(0);
            } catch (Throwable e) {
                throw Libc.unexpected(e);
            }
        }
    }
}
