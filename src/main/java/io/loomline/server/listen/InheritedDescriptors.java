package io.loomline.server.listen;

import io.loomline.driver.Acceptor;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * The descriptors that a service manager has passed to this process, and the servers that use them.
 *
 * <p><i>Source:</i> <a
 * href="https://man7.org/linux/man-pages/man3/sd_listen_fds.3.html">sd_listen_fds(3)</a>:
 * "sd_listen_fds() parses the number passed in the $LISTEN_FDS environment variable" and "checks
 * whether the $LISTEN_PID environment variable equals the daemon PID".
 */
public final class InheritedDescriptors {
    private static final Logger LOG = Loggers.of(InheritedDescriptors.class);

    private static final int FIRST = 3;

    /** Where inetd passes the listener of a service with {@code wait}. */
    private static final int STANDARD_INPUT = 0;

    /** More than a service has. */
    private static final int MAX_COUNT = 1024;

    /**
     * Those that a server has got. Once it has closed one, other files get its number, so none is
     * used again.
     */
    private static final Set<Integer> TAKEN = ConcurrentHashMap.newKeySet();

    private InheritedDescriptors() {}

    /**
     * The descriptors that were passed to this process.
     *
     * @param name the name of those to return; null for all
     * @return their numbers; empty if there are none
     * @throws IOException if an environment variable has a bad value; the message names it
     */
    public static List<Integer> ofThisProcess(@Nullable String name) throws IOException {
        List<Integer> named = of(System.getenv(), ProcessHandle.current().pid(), name);
        boolean standardInput =
                named.isEmpty()
                        && name == null
                        && System.inheritedChannel() instanceof ServerSocketChannel;
        return standardInput ? List.of(STANDARD_INPUT) : named;
    }

    static List<Integer> of(Map<String, String> environment, long pid, @Nullable String name)
            throws IOException {
        if (!environment.containsKey("LISTEN_FDS")) return List.of();
        if (!environment.containsKey("LISTEN_PID")) return List.of();
        long addressee = number(environment, "LISTEN_PID", 1, Long.MAX_VALUE);
        if (addressee != pid) {
            LOG.warn(
                    "no listener is inherited: LISTEN_FDS is set for process {}, this is process"
                            + " {}; a shell that starts it must do so with exec",
                    addressee,
                    pid);
            return List.of();
        }
        int count = (int) number(environment, "LISTEN_FDS", 0, MAX_COUNT);
        List<String> names = names(environment, count);
        if (name != null && count > 0 && !names.contains(name)) {
            LOG.warn(
                    "no listener is inherited as {}: the names are {}",
                    name,
                    LogText.of(names.toString()));
        }
        return IntStream.range(0, count)
                .filter(index -> name == null || names.get(index).equals(name))
                .mapToObj(index -> FIRST + index)
                .toList();
    }

    private static long number(Map<String, String> environment, String variable, long min, long max)
            throws IOException {
        String value = environment.getOrDefault(variable, "");
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) return number;
        } catch (NumberFormatException e) {
            // reported below, like a number that is out of range
        }
        throw new IOException(
                "environment variable %s is '%s': expected a number from %d to %d"
                        .formatted(variable, LogText.of(value), min, max));
    }

    private static List<String> names(Map<String, String> environment, int count)
            throws IOException {
        String value = environment.get("LISTEN_FDNAMES");
        if (value == null) return Collections.nCopies(count, "unknown");
        List<String> names = List.of(value.split(":", -1));
        if (names.size() == count) return names;
        throw new IOException(
                "environment variable LISTEN_FDNAMES is '%s': expected %d names, as LISTEN_FDS says"
                        .formatted(LogText.of(value), count));
    }

    /**
     * Makes acceptors of all descriptors, or of none.
     *
     * @param descriptors the numbers of the descriptors
     * @param place what adopts them
     * @return the acceptors
     * @throws IOException if a descriptor is not that of a listening stream socket, or a server of
     *     this process has it already
     * @throws UnsupportedOperationException if the driver cannot accept there
     */
    public static List<Acceptor> adopt(List<Integer> descriptors, ListenPlace place)
            throws IOException {
        List<Acceptor> acceptors = new ArrayList<>();
        try {
            for (int descriptor : descriptors) acceptors.add(adopt(descriptor, place));
            return acceptors;
        } catch (UnsupportedOperationException e) {
            boolean standardInput = System.inheritedChannel() instanceof ServerSocketChannel;
            if (descriptors.size() > 1 || !standardInput) throw e;
            return List.of(adopt(STANDARD_INPUT, place)); // the only one of the portable driver
        } catch (Throwable e) {
            acceptors.forEach(Acceptor::close);
            throw e;
        }
    }

    private static Acceptor adopt(int descriptor, ListenPlace place) throws IOException {
        if (!TAKEN.add(descriptor)) {
            throw new IOException(
                    "a server of this process has inherited descriptor %d already"
                            .formatted(descriptor));
        }
        try {
            return place.driver().adopt(descriptor, place.options());
        } catch (Throwable e) {
            TAKEN.remove(descriptor);
            throw e;
        }
    }
}
