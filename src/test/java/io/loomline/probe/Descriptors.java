package io.loomline.probe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The descriptors that this process has open: proc_pid_fd(5). */
public final class Descriptors {
    private static final Path OPEN = Path.of("/proc/self/fd");

    private Descriptors() {}

    /**
     * The open descriptors whose target contains one of the given kinds, such as {@code socket:},
     * each as "number target". Empty on systems without {@code /proc}.
     */
    public static Set<String> open(String... kinds) {
        if (!Files.isDirectory(OPEN)) return new TreeSet<>();
        try (Stream<Path> links = Files.list(OPEN)) {
            return links.map(Descriptors::describe)
                    .filter(text -> Stream.of(kinds).anyMatch(text::contains))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String describe(Path link) {
        try {
            return link.getFileName() + " " + Files.readSymbolicLink(link);
        } catch (NoSuchFileException e) {
            return ""; // closed in the meantime, as that of the listing itself
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first socket of each kind makes the JDK open descriptors that it never closes. */
    public static void openThoseThatTheJdkKeeps() throws IOException {
        try (var server = new ServerSocket(0);
                var client = new Socket(server.getInetAddress(), server.getLocalPort());
                var serverChannel = ServerSocketChannel.open().bind(null);
                var channel = SocketChannel.open(serverChannel.getLocalAddress());
                var selector = Selector.open()) {
            client.setTcpNoDelay(true);
            channel.configureBlocking(false);
            selector.selectNow();
        }
    }
}
