package io.loomline.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Options of the sockets of this process as the kernel has them: getsockopt(2). Linux only. */
enum KernelOption {
    SO_KEEPALIVE(1, 9),
    SO_ACCEPTCONN(1, 30),
    TCP_KEEPIDLE(6, 4),
    TCP_KEEPINTVL(6, 5),
    TCP_KEEPCNT(6, 6),
    TCP_USER_TIMEOUT(6, 18),
    TCP_FASTOPEN(6, 23),
    TCP_FASTOPEN_CONNECT(6, 30);

    private final int level;
    private final int number;

    KernelOption(int level, int number) {
        this.level = level;
        this.number = number;
    }

    /** The numbers of the sockets that are open. */
    static Set<Integer> openSockets() throws IOException {
        Set<Integer> sockets = new TreeSet<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path each : all) {
                if (isSocket(each)) sockets.add(Integer.valueOf("" + each.getFileName()));
            }
        }
        return sockets;
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) { // it was closed meanwhile
            return false;
        }
    }

    /** The values of the sockets that were opened since, except or only those that listen. */
    List<Integer> ofNew(Set<Integer> before, boolean listening) throws Throwable {
        List<Integer> values = new ArrayList<>();
        for (int socket : openSockets()) {
            boolean listens = !before.contains(socket) && SO_ACCEPTCONN.of(socket) == 1;
            if (!before.contains(socket) && listens == listening) values.add(of(socket));
        }
        return values;
    }

    @SuppressWarnings("restricted")
    private int of(int socket) throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle get =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("getsockopt"),
                        FunctionDescriptor.of(
                                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_INT);
            MemorySegment bytes = arena.allocateFrom(JAVA_INT, Integer.BYTES);
            int result = (int) get.invokeExact(socket, level, number, value, bytes);
            return result < 0 ? result : value.get(JAVA_INT, 0);
        }
    }
}
