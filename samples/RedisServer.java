import module io.loomline;
import io.loomline.Runtime;

// A Redis server that keeps strings in memory. A request is a line of words, or an array of words,
// each after its length and of any bytes (ISO-8859-1). A request that was cut is not executed.
//   mvn -q -Dsample=RedisServer -Dargs=6380      serves until Ctrl-C; redis-cli -p 6380

static final int MAX_WORDS = 64 * 1024;
static final int MAX_REQUEST_BYTES = 64 * 1024 * 1024;
static final String WRONG_COUNT = "-ERR wrong number of arguments\r\n";
static final LineFormat FORMAT = LineFormat.DEFAULT.withEnding(LineFormat.Ending.LENIENT_CRLF)
        .withCharset(StandardCharsets.ISO_8859_1).withUnterminated(LineFormat.Unterminated.REJECT);

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
    connection.lineFormat(FORMAT);
    try {
        String line;
        while ((line = connection.readLine()) != null) {
            List<String> words = readRequest(connection, line);
            if (words.isEmpty()) continue;
            connection.write(answer(words));
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
        byte[] word = connection.readExactly(length + 2); // with CRLF
        boolean ends = word[length] == '\r' && word[length + 1] == '\n';
        if (!ends) throw new ProtocolException("expected CRLF");
        words.add(new String(word, 0, length, FORMAT.charset()));
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
    int count = keys.size();
    return switch (words.getFirst().toUpperCase(Locale.ROOT)) {
        case "PING" -> count > 1 ? WRONG_COUNT : count == 0 ? "+PONG\r\n" : bulk(keys.getFirst());
        case "ECHO" -> count != 1 ? WRONG_COUNT : bulk(keys.getFirst());
        case "GET" -> count != 1 ? WRONG_COUNT : bulk(store.get(keys.getFirst()));
        case "SET" -> {
            if (count == 2) store.put(keys.getFirst(), keys.getLast());
            yield count == 2 ? "+OK\r\n" : WRONG_COUNT;
        }
        case "INCR" -> count != 1 ? WRONG_COUNT : increment(keys.getFirst());
        case "DEL" -> count == 0 ? WRONG_COUNT
                : number(keys.stream().filter(key -> store.remove(key) != null).count());
        case "EXISTS" -> count == 0 ? WRONG_COUNT
                : number(keys.stream().filter(store::containsKey).count());
        case "CONFIG" -> count != 2 ? WRONG_COUNT // no setting has a value
                : "*2\r\n" + bulk(keys.getLast()) + bulk("");
        case "COMMAND" -> "*0\r\n"; // no descriptions
        case "QUIT" -> "+OK\r\n";
        default -> "-ERR unknown command\r\n";
    };
}

String number(long value) {
    return ":" + value + "\r\n";
}

String bulk(String text) {
    return text == null ? "$-1\r\n" : "$" + text.length() + "\r\n" + text + "\r\n";
}

String increment(String key) {
    try {
        String sum =
                store.merge(key, "1", (old, _) -> "" + Math.addExact(Long.parseLong(old), 1));
        return ":" + sum + "\r\n";
    } catch (NumberFormatException | ArithmeticException e) {
        return "-ERR value is not an integer or out of range\r\n";
    }
}
