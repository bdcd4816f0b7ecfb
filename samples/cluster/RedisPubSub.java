import module io.loomline;
import module java.base;

/** A redis-server. In RESP3, one connection can both subscribe and publish. */
final class RedisPubSub implements PubSub {
    private static final String CHANNEL = "chat:";

    private final Reconnecting client;

    /** Written by the task that runs the client. */
    private volatile Outbox requests;

    RedisPubSub(Reconnecting client) {
        this.client = client;
    }

    @Override
    public void publish(String room, String message) throws IOException, InterruptedException {
        PubSub.send(requests, command("PUBLISH", CHANNEL + room, message));
    }

    @Override
    public void run(Listener listener) throws Exception {
        client.onLost(listener::lost).run(connection -> {
            try (Outbox outbox = Outbox.of(connection)) {
                requests = outbox;
                outbox.send(command("HELLO", "3") + command("PSUBSCRIBE", CHANNEL + "*"));
                while (true) {
                    if (!(read(connection) instanceof List<?> words)) continue; // of PUBLISH
                    if (words.getFirst().equals("psubscribe")) listener.subscribed();
                    if (!words.getFirst().equals("pmessage")) continue;
                    String room = words.get(2).toString().substring(CHANNEL.length());
                    listener.received(room, words.get(3).toString());
                }
            }
        });
    }

    /** The number of words, then each word after its length in bytes. */
    private static String command(String... words) {
        var command = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            int bytes = word.getBytes(StandardCharsets.UTF_8).length;
            command.append("$" + bytes + "\r\n" + word + "\r\n");
        }
        return command.toString();
    }

    /** Reads an answer or a message: a text, or a list of such. */
    private static Object read(Connection connection) throws IOException, InterruptedException {
        String line = connection.requireLine();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+', ':' -> rest;
            case '$' -> PubSub.readText(connection, Integer.parseInt(rest));
            case '*', '>' -> readList(connection, Integer.parseInt(rest));
            case '%' -> readList(connection, 2 * Integer.parseInt(rest)); // keys and values
            default -> throw new ProtocolException("the server answered " + line);
        };
    }

    private static List<Object> readList(Connection connection, int size)
            throws IOException, InterruptedException {
        List<Object> list = new ArrayList<>();
        while (list.size() < size) list.add(read(connection));
        return list;
    }
}
