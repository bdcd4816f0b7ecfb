import io.loomline.Runtime;
import io.loomline.connect.ConnectFailedException;
import io.loomline.net.Connection;



import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;

/**
 * Sends a redis-server thousands of numbered PINGs without waiting for the answers, and checks that
 * each comes back, in order. One task writes, the other reads; neither knows of the other.
 *
 *   RedisPing [host:port] [pings]
 */
public class RedisPing {
    public static void main(String[] args) throws Exception {
        String server = args.length > 0 ? args[0] : "127.0.0.1:6379";
        int pings = args.length > 1 ? Integer.parseInt(args[1]) : 100_000;
        int colon = server.lastIndexOf(':');
        String host = server.substring(0, colon);
        int port = Integer.parseInt(server.substring(colon + 1));
        Runtime.run(runtime -> {
            try (var connection = runtime.connect(host, port)) {
                pingAll(runtime, connection, pings);
            } catch (ConnectFailedException e) {
                System.out.println(e.getMessage());
                System.out.printf("start one with: redis-server --port %d --save ''%n", port);
            }
            return null;
        });
    }

    static void pingAll(Runtime runtime, Connection connection, int pings)
            throws IOException, InterruptedException, ExecutionException {
        long started = System.nanoTime();
        runtime.<Void, IOException>scope(group -> {
            group.start("writer", () -> {
                for (int i = 0; i < pings; i++) connection.write(command("PING", "ping " + i));
            });
            for (int i = 0; i < pings; i++) {
                String answer = readBulk(connection);
                if (!answer.equals("ping " + i)) {
                    throw new IOException("expected the answer to ping " + i + ": " + answer);
                }
            }
            return null;
        });
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        System.out.printf(
                "%,d answers, all in order, in %,d ms%n", pings, took.toMillis());
    }

    /** As the protocol wants a command: a count, then each word with its length in bytes. */
    static String command(String... words) {
        var command = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            int bytes = word.getBytes(StandardCharsets.UTF_8).length;
            command.append("$" + bytes + "\r\n" + word + "\r\n");
        }
        return command.toString();
    }

    /** A text with its length before it; anything else is an error of the server's. */
    static String readBulk(Connection connection) throws IOException, InterruptedException {
        String header = connection.readLine();
        if (header == null) throw new IOException("the server has ended the connection");
        if (!header.startsWith("$")) throw new IOException("the server says " + header);
        int length = Integer.parseInt(header.substring(1));
        byte[] bytes = connection.readExactly(length + 2); // with CR and LF
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
