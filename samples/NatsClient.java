import io.loomline.Runtime;
import io.loomline.connect.Pipeline;
import io.loomline.connect.Reconnecting;
import io.loomline.net.Connection;
import io.loomline.outbox.Outbox;

// Publishes messages to a nats-server, which stores and acknowledges each, from 100 tasks over one
// connection. If the server is lost, the client connects and subscribes again, and repeats what was
// not acknowledged. The server recognizes repetitions by their id and stores each message once.
//
//   mvn -q -Dsample=NatsClient -Dargs="[HOST:PORT [MESSAGES]]"

static final String INBOX = "_INBOX." + UUID.randomUUID();
static final String STREAM = "{\"name\":\"events\",\"subjects\":[\"events\"]}";

final AtomicInteger acknowledged = new AtomicInteger();
final AtomicInteger received = new AtomicInteger();

void main(String[] arguments) throws Exception {
    String[] server = (arguments.length > 0 ? arguments[0] : "127.0.0.1:4222").split(":");
    int port = Integer.parseInt(server[1]);
    int messages = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10_000;
    Runtime.run(runtime -> {
        var client = Reconnecting.of(() -> runtime.connect(server[0], port))
                .onConnected(this::subscribe)
                .onLost(e -> System.out.println("lost the server: " + e.getMessage()));
        var nats = Pipeline.over(client, this::readAnswer).answerTimeout(Duration.ofSeconds(10));
        runtime.start("nats", nats::run);
        try {
            client.connection(Duration.ofSeconds(1));
        } catch (TimeoutException e) {
            System.out.println(e.getMessage() + "\nstart: nats-server --jetstream --port " + port);
            return;
        }
        publishAll(runtime, nats, messages);
        String info = nats.call(request("$JS.API.STREAM.INFO.events", ""));
        String stored = info.replaceFirst(".*\"messages\":(\\d+).*", "$1 stored");
        System.out.println(acknowledged + " acknowledged, " + received + " received, " + stored);
    });
}

/** Runs first on each connection: a new one has no subscriptions. */
void subscribe(Connection connection) throws IOException, InterruptedException {
    connection.write("CONNECT {\"verbose\":false,\"headers\":true}\r\n");
    connection.write("SUB events 1\r\nSUB " + INBOX + " 2\r\n");
    connection.write(request("$JS.API.STREAM.CREATE.events", STREAM)); // or finds the stream
    try (Outbox replies = Outbox.of(connection)) {
        while (readAnswer(connection, replies) == null) {}
    }
    System.out.println("connected to " + connection.remoteAddress());
}

void publishAll(Runtime runtime, Pipeline<String> nats, int messages) throws Exception {
    var left = new AtomicInteger(messages);
    try (var group = runtime.group()) {
        for (int task = 0; task < 100; task++) {
            group.start(() -> {
                for (int i; (i = left.getAndDecrement()) > 0; ) publish(nats, "event " + i);
            });
        }
        group.await();
    }
}

/** Publishes a message until it is acknowledged. */
void publish(Pipeline<String> nats, String text) throws InterruptedException {
    String headers = "NATS/1.0\r\nNats-Msg-Id: " + text + "\r\n\r\n";
    String sizes = headers.length() + " " + (headers.length() + text.length());
    String message = "HPUB events " + INBOX + " " + sizes + "\r\n" + headers + text + "\r\n";
    while (true) {
        try {
            String answer = nats.call(message);
            if (!answer.contains("\"seq\"")) throw new IllegalStateException(answer);
            int count = acknowledged.incrementAndGet();
            if (count % 1_000 == 0) System.out.println("acknowledged: " + count);
            return;
        } catch (IOException e) {} // lost before its answer; the next call waits for a connection
    }
}

String request(String subject, String body) {
    return "PUB " + subject + " " + INBOX + " " + body.length() + "\r\n" + body + "\r\n";
}

/** Reads a message. One to the inbox is the answer to the oldest request, others are none. */
String readAnswer(Connection connection, Outbox replies) throws IOException, InterruptedException {
    String[] words = connection.requireLine().split(" ");
    switch (words[0]) {
        case "INFO" -> {}
        case "PING" -> replies.offer("PONG\r\n");
        case "MSG", "HMSG" -> {
            int length = Integer.parseInt(words[words.length - 1]);
            byte[] bytes = connection.readExactly(length + 2); // includes CR and LF
            if (words[1].equals(INBOX)) return new String(bytes, 0, length, StandardCharsets.UTF_8);
            received.incrementAndGet();
        }
        default -> throw new ProtocolException("got " + String.join(" ", words));
    }
    return null;
}
