import module io.loomline;
import module java.base;

import io.loomline.Runtime;

/** An engine that delivers each message to all nodes, the publisher included, at most once. */
interface PubSub {
    /** Sends a message. Once this node has received it, the engine has passed it to all nodes. */
    void publish(String room, String message) throws IOException, InterruptedException;

    /** Connects to the engine, again whenever the connection is lost, until it is cancelled. */
    void run(Listener listener) throws Exception;

    /** A node. One thread calls it. */
    interface Listener {
        /** From now on, the node receives every message. */
        void subscribed();

        void received(String room, String message);

        /** The node may miss messages until it is subscribed again. */
        void lost(Exception reason);
    }

    /** The engine at an address: {@code nats://127.0.0.1:4222} or {@code redis://127.0.0.1:6379}. */
    static PubSub of(Runtime runtime, URI engine) {
        var client = Reconnecting.of(() -> runtime.connect(engine.getHost(), engine.getPort()))
                .backoff(Backoff.DEFAULT.withWaits(Duration.ofMillis(100), Duration.ofSeconds(2)));
        return switch (engine.getScheme()) {
            case "nats" -> new NatsPubSub(client);
            case "redis" -> new RedisPubSub(client);
            case null, default ->
                throw new IllegalArgumentException(engine + ": expected nats:// or redis://");
        };
    }

    /** Queues a request. Requests that are queued together leave in one write. */
    static void send(Outbox requests, String request) throws IOException, InterruptedException {
        if (requests == null || !requests.send(request)) {
            throw new IOException("there is no connection to the engine");
        }
    }

    /** A message of so many bytes, and the CR and LF behind it. */
    static String readText(Connection connection, int bytes)
            throws IOException, InterruptedException {
        byte[] text = connection.readExactly(bytes + 2);
        return new String(text, 0, bytes, StandardCharsets.UTF_8);
    }
}
