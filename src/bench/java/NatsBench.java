import io.loomline.Runtime;
import io.loomline.net.Connection;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Publishing small messages to a nats-server: each in a write of its own, and corked by the hundred.
 * A round ends when the server has answered the PING behind its messages, so it has parsed them all.
 *
 *   nats-server --addr 127.0.0.1 --port 4222 &
 *   mvn -q -Pbench -Dbench=NatsBench
 *   mvn -q -Pbench -Dbench=NatsBench -Dargs="4222 5 100"     port, rounds, messages in a cork
 */
public class NatsBench {
    static final int CORKED_MESSAGES = 5_000_000;
    static final int SINGLE_MESSAGES = 1_000_000;
    static final byte[] MESSAGE =
            "PUB bench 16\r\n0123456789abcdef\r\n".getBytes(StandardCharsets.US_ASCII);

    public static void main(String[] args) throws Exception {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 4222;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        int batch = args.length > 2 ? Integer.parseInt(args[2]) : 100;
        Runtime.run(runtime -> {
            try (Connection connection = runtime.connect("127.0.0.1", port)) {
                connection.requireLine(); // INFO
                connection.write("CONNECT {\"verbose\":false}\r\n");
                for (int round = 0; round < rounds; round++) {
                    report("write by write", SINGLE_MESSAGES, publish(connection, SINGLE_MESSAGES, 1));
                    report("corked", CORKED_MESSAGES, publish(connection, CORKED_MESSAGES, batch));
                }
            }
        });
    }

    /** Returns the time in nanoseconds. */
    static long publish(Connection connection, int messages, int batch)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        for (int sent = 0; sent < messages; sent += batch) {
            if (batch == 1) {
                connection.write(MESSAGE);
                continue;
            }
            try (var _ = connection.cork()) {
                for (int i = 0; i < batch; i++) connection.write(MESSAGE);
            }
        }
        connection.write("PING\r\n");
        while (!connection.requireLine().equals("PONG")) {}
        return System.nanoTime() - start;
    }

    static void report(String kind, int messages, long nanos) {
        System.out.printf(
                Locale.ROOT, "%-15s %,12.0f messages/s%n", kind, messages * 1e9 / nanos);
    }
}
