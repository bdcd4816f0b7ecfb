package io.loomline.faults;

import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * A server that acknowledges a line once it is in the journal.
 *
 * <p>Its arguments are a port or the path of a socket, and the journal.
 */
final class JournalProgram {
    static final Duration GRACE = Duration.ofSeconds(5);

    private final FileChannel journal;

    private JournalProgram(FileChannel journal) {
        this.journal = journal;
    }

    public static void main(String[] arguments) throws Exception {
        SocketAddress address =
                arguments[0].startsWith("/")
                        ? UnixDomainSocketAddress.of(arguments[0])
                        : LoopbackAddress.of(Integer.parseInt(arguments[0]));
        var journal =
                FileChannel.open(
                        Path.of(arguments[1]),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
        Runtime.run(runtime -> {
            var program = new JournalProgram(journal);
            long start = System.nanoTime();
            Server server = runtime.listen(address, ServerOptions.DEFAULT, program::acknowledge);
            System.out.println("bound " + Trial.since(start).toMillis());
            server.await();
        });
    }

    private void acknowledge(Connection connection) throws IOException, InterruptedException {
        while (connection.awaitMessage()) {
            String line = connection.requireLine();
            journal.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
            connection.writeLine(line);
        }
    }
}
