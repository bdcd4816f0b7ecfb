import io.loomline.Runtime;
import io.loomline.connect.ConnectFailedException;
import io.loomline.net.Connection;

// Pipelines numbered PINGs to a redis-server and checks that every answer arrives in order. One
// task writes while another one reads; neither waits for the other.
//
//   mvn -q -Dsample=RedisPing -Dargs="127.0.0.1:6379 200000"     sends 200000 pings

void main(String[] arguments) throws Exception {
    String server = arguments.length > 0 ? arguments[0] : "127.0.0.1";
    int pings = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100_000;
    if (!server.contains(":")) server += ":6379";
    int colon = server.lastIndexOf(':');
    String host = server.substring(0, colon);
    int port = Integer.parseInt(server.substring(colon + 1));
    System.exit(Runtime.run(runtime -> run(runtime, host, port, pings)));
}

int run(Runtime runtime, String host, int port, int pings) throws Exception {
    try (var connection = runtime.connect(host, port)) {
        pingAll(runtime, connection, pings);
        return 0;
    } catch (ConnectFailedException e) {
        System.out.println(e.getMessage());
        System.out.printf("start a server with: redis-server --port %d --save ''%n", port);
        return 1;
    }
}

void pingAll(Runtime runtime, Connection connection, int pings) throws Exception {
    long start = System.nanoTime();
    runtime.<Void, IOException>scope(group -> {
        group.start("writer", () -> {
            for (int i = 0; i < pings; i++) connection.write(command("PING", "ping " + i));
        });
        for (int i = 0; i < pings; i++) {
            String answer = readBulkString(connection);
            if (!answer.equals("ping " + i)) {
                throw new IOException("expected the answer to ping " + i + ", got " + answer);
            }
        }
        return null;
    });
    long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
    System.out.printf("%,d answers, all in order, in %,d ms%n", pings, millis);
}

/** Encodes a command: the number of words, then each word with its length in bytes. */
String command(String... words) {
    var command = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
        int bytes = word.getBytes(StandardCharsets.UTF_8).length;
        command.append("$" + bytes + "\r\n" + word + "\r\n");
    }
    return command.toString();
}

/** Reads a string that is preceded by its length. Any other answer is an error of the server. */
String readBulkString(Connection connection) throws IOException, InterruptedException {
    String header = connection.readLine();
    if (header == null) throw new EOFException("the server has closed the connection");
    if (!header.startsWith("$")) throw new IOException("the server answered " + header);
    int length = Integer.parseInt(header.substring(1));
    byte[] bytes = connection.readExactly(length + 2); // includes CR and LF
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
}
