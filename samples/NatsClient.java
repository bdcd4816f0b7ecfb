import module io.loomline;
import io.loomline.Runtime;

// Publishes messages to a nats-server, which stores and acknowledges each, from 100 tasks over one
// connection. If the server is lost, the client connects and subscribes again, and repeats what was
// not acknowledged. Within two minutes, the server recognizes a repetition by its id.
//
//   mvn -q -Dsample=NatsClient -Dargs="127.0.0.1:4222 20000"     publishes 20000 messages

static final String INBOX = "_INBOX." + UUID.randomUUID();
static final String STREAM = "{\"name\":\"events\",\"subjects\":[\"events\"]}";
final AtomicInteger acknowledged = new AtomicInteger();
final AtomicInteger received = new AtomicInteger();

void main(String[] arguments) throws Exception {
    String[] server = (arguments.length > 0 ? arguments[0] : "127.0.0.1").split(":");
    int port = server.length > 1 ? Integer.parseInt(server[1]) : 4222;
    int messages = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10_000;
    System.exit(Runtime.run(runtime -> run(runtime, server[0], port, messages)));
}

int run(Runtime runtime, String host, int port, int messages) throws Exception {
    var client = Reconnecting.of(() -> runtime.connect(host, port))
            .onConnected(this::subscribe)
            .onLost(e -> System.out.println("lost the server: " + e.getMessage()));
    var nats = Pipeline.over(client, this::readAnswer).answerTimeout(Duration.ofSeconds(10));
    runtime.start("nats", nats::run);
    try {
        client.connection(Duration.ofSeconds(1));
    } catch (TimeoutException e) {
        System.out.println(e.getMessage() + "\nstart: nats-server --jetstream --port " + port);
        return 1;
    }
    publishAll(runtime, nats, messages);
    String info = nats.call(request("$JS.API.STREAM.INFO.events", ""));
    String stored = info.replaceFirst(".*\"messages\":(\\d+).*", "$1 stored");
    System.out.println(acknowledged + " acknowledged, " + received + " received, " + stored);
    return 0;
}

/** Runs first on each connection: a new one has no subscriptions, a new server has no stream. */
void subscribe(Connection connection) throws IOException, InterruptedException {
    connection.write("CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB events 1\r\n");
    connection.write("SUB " + INBOX + " 2\r\n" + request("$JS.API.STREAM.CREATE.events", STREAM));
    try (Outbox replies = Outbox.of(connection)) {
        while (readAnswer(connection, replies) == null) {}
    }
    System.out.println("connected to " + connection.remoteAddress());
}

void publishAll(Runtime runtime, Pipeline<String> nats, int messages) throws Exception {
    var next = new AtomicInteger(); // the number of a message
    try (var group = runtime.group()) {
        group.gather(Collections.nCopies(100, () -> {
            for (int i; (i = next.getAndIncrement()) < messages; ) publish(nats, "event " + i);
            return null;
        }));
    }
}

/** Publishes a message until it is acknowledged. Its id is unlike those of other clients. */
void publish(Pipeline<String> nats, String text) throws InterruptedException {
    String headers = "NATS/1.0\r\nNats-Msg-Id: " + INBOX + " " + text + "\r\n\r\n";
    String message = "HPUB events " + INBOX + " " + size(headers) + " " + size(headers + text)
            + "\r\n" + headers + text + "\r\n";
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
    return "PUB " + subject + " " + INBOX + " " + size(body) + "\r\n" + body + "\r\n";
}

int size(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
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
