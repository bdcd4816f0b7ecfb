import module io.loomline;
import module java.base;

/** A nats-server, spoken to as the sample NatsClient does, but without its store (JetStream). */
final class NatsPubSub implements PubSub {
    private static final String SUBJECT = "chat.";

    private final Reconnecting client;

    /** Written by the task that runs the client. */
    private volatile Outbox requests;

    NatsPubSub(Reconnecting client) {
        this.client = client;
    }

    @Override
    public void publish(String room, String message) throws IOException, InterruptedException {
        int bytes = message.getBytes(StandardCharsets.UTF_8).length;
        PubSub.send(requests, "PUB " + SUBJECT + room + " " + bytes + "\r\n" + message + "\r\n");
    }

    @Override
    public void run(Listener listener) throws Exception {
        client.onLost(listener::lost).run(connection -> {
            try (Outbox outbox = Outbox.of(connection)) {
                requests = outbox;
                outbox.send("CONNECT {\"verbose\":false}\r\nSUB " + SUBJECT + "* 1\r\nPING\r\n");
                while (true) readOne(connection, listener);
            }
        });
    }

    private void readOne(Connection connection, Listener listener) throws Exception {
        String[] words = connection.requireLine().split(" ");
        switch (words[0]) {
            case "INFO" -> {}
            case "PING" -> PubSub.send(requests, "PONG\r\n");
            case "PONG" -> listener.subscribed(); // the server has executed SUB
            case "MSG" -> {
                int bytes = Integer.parseInt(words[words.length - 1]);
                String message = PubSub.readText(connection, bytes);
                listener.received(words[1].substring(SUBJECT.length()), message);
            }
            default -> throw new ProtocolException("got " + String.join(" ", words));
        }
    }
}
