import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;

// A Redis server that keeps strings in memory. A request is an array of words, each with its length
// in front of it, or a line of words. Words may have any bytes: each is a character of ISO-8859-1.
// A request that was cut is not executed. Serves port 6380, or another one, until Ctrl-C:
//   mvn -q -Dsample=RedisServer -Dargs="PORT"

static final int MAX_WORDS = 64 * 1024;
static final int MAX_REQUEST_BYTES = 64 * 1024 * 1024;

final Map<String, String> store = new ConcurrentHashMap<>();

void main(String[] arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 6380;
    Runtime.run(runtime -> {
        var server = runtime.listen(port, this::serve);
        System.out.println("listening on port " + server.port() + "; Ctrl-C stops");
        server.await();
    });
}

void serve(Connection connection) throws Exception {
    connection.lineFormat(
            LineFormat.DEFAULT
                    .withEnding(LineFormat.Ending.LENIENT_CRLF)
                    .withCharset(StandardCharsets.ISO_8859_1)
                    .withUnterminated(LineFormat.Unterminated.REJECT));
    try {
        String line;
        while ((line = connection.readLine()) != null) {
            List<String> words = readRequest(connection, line);
            if (words.isEmpty()) continue;
            connection.write(answer(words) + "\r\n");
            if (words.getFirst().equalsIgnoreCase("QUIT")) return;
        }
    } catch (ProtocolException | LineTooLongException e) {
        connection.write("-ERR Protocol error: " + e.getMessage() + "\r\n");
    }
}

/** Reads the rest of a request. */
List<String> readRequest(Connection connection, String line) throws Exception {
    if (line.isBlank()) return List.of();
    if (!line.startsWith("*")) return List.of(line.strip().split("\\s+"));
    int count = parseLength(line, "*", MAX_WORDS);
    int bytesLeft = MAX_REQUEST_BYTES;
    List<String> words = new ArrayList<>();
    while (words.size() < count) {
        int length = parseLength(connection.requireLine(), "$", bytesLeft);
        words.add(new String(connection.readExactly(length), StandardCharsets.ISO_8859_1));
        if (!connection.requireLine().isEmpty()) throw new ProtocolException("expected CRLF");
        bytesLeft -= length;
    }
    return words;
}

int parseLength(String line, String mark, int most) throws ProtocolException {
    try {
        int length = line.startsWith(mark) ? Integer.parseInt(line, 1, line.length(), 10) : -1;
        if (length >= 0 && length <= most) return length;
    } catch (NumberFormatException e) {} // reported below
    throw new ProtocolException("expected '" + mark + "' and a length from 0 to " + most);
}

String answer(List<String> words) {
    List<String> keys = words.subList(1, words.size());
    return switch (words.getFirst().toUpperCase(Locale.ROOT) + " " + Math.min(keys.size(), 3)) {
        case "PING 0" -> "+PONG";
        case "PING 1", "ECHO 1" -> bulk(keys.getFirst());
        case "GET 1" -> bulk(store.get(keys.getFirst()));
        case "SET 2" -> {
            store.put(keys.getFirst(), keys.getLast());
            yield "+OK";
        }
        case "INCR 1" -> increment(keys.getFirst());
        case "DEL 1", "DEL 2", "DEL 3" -> // 3 or more
                ":" + keys.stream().filter(key -> store.remove(key) != null).count();
        case "EXISTS 1", "EXISTS 2", "EXISTS 3" ->
                ":" + keys.stream().filter(store::containsKey).count();
        case "CONFIG 2" -> "*2\r\n" + bulk(keys.getLast()) + "\r\n" + bulk(""); // has no value
        case "COMMAND 0", "COMMAND 1" -> "*0"; // no descriptions
        case "QUIT 0" -> "+OK";
        default -> "-ERR unknown command or wrong number of arguments";
    };
}

String bulk(String text) {
    return text == null ? "$-1" : "$" + text.length() + "\r\n" + text;
}

String increment(String key) {
    try {
        return ":" + store.merge(key, "1", (old, _) -> "" + Math.addExact(Long.parseLong(old), 1));
    } catch (NumberFormatException | ArithmeticException e) {
        return "-ERR value is not an integer or out of range";
    }
}
