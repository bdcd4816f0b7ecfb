package io.loomline;

import io.loomline.net.Connection;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A server that records each line in a file and then acknowledges it. It prints its port. */
final class RecordProgram {
    private RecordProgram() {}

    /** The arguments: the file, and the seconds of the grace period. */
    public static void main(String[] arguments) throws Exception {
        var grace = Duration.ofSeconds(Long.parseLong(arguments[1]));
        Runtime.run(
                RuntimeOptions.DEFAULT.withShutdownGrace(grace),
                runtime -> {
                    try (var file = new FileOutputStream(arguments[0], true)) {
                        Server server =
                                runtime.listen(
                                        LoopbackAddress.of(0),
                                        ServerOptions.DEFAULT,
                                        connection -> record(connection, file));
                        System.out.println(server.port());
                        server.await();
                    }
                });
    }

    private static void record(Connection connection, FileOutputStream file) throws Exception {
        while (connection.awaitMessage()) {
            String line = connection.requireLine();
            append(file, line);
            connection.writeLine(line);
        }
    }

    /** One write: the lines of several connections do not mix. */
    private static void append(FileOutputStream file, String line) throws IOException {
        file.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }
}
