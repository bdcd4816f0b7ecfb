import io.loomline.Runtime;
import io.loomline.connect.Pipeline;
import io.loomline.connect.Reconnecting;
import io.loomline.net.Connection;

// Publishes numbered messages to a nats-server, from 100 tasks over one connection. The server
// stores each message in a stream and acknowledges it. If the server is lost, the client connects
// again, repeats its subscriptions, and publishes again what was not acknowledged. The server
// recognizes repetitions by their id, so each message is stored once.
//
//   mvn -q -Dsample=NatsClient
//   mvn -q -Dsample=NatsClient -Dargs="HOST:PORT [MESSAGES]"

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
        var nats = Pipeline.over(client, this::readAnswer);
        runtime.start("nats", nats::run);
        try {
            client.connection(Duration.ofSeconds(1));
        } catch (TimeoutException e) {
            System.out.println(e.getMessage());
            System.out.printf("start a server with: nats-server --port %d --jetstream%n", port);
            return;
        }
        publishAll(runtime, nats, messages);
        String info = nats.call(request("$JS.API.STREAM.INFO.events", ""));
        System.out.printf("%,d acknowledged, %,d received%n", acknowledged.get(), received.get());
        System.out.println("stored: " + info.replaceFirst(".*\"messages\":(\\d+).*", "$1"));
    });
}

/** Runs first on each connection: a new one has no subscriptions. */
void subscribe(Connection connection) throws IOException, InterruptedException {
    connection.write("CONNECT {\"verbose\":false,\"headers\":true}\r\n");
    connection.write("SUB events 1\r\n" + "SUB " + INBOX + " 2\r\n");
    connection.write(request("$JS.API.STREAM.CREATE.events", STREAM)); // or finds the stream
    while (readAnswer(connection) == null) {}
    System.out.println("connected to " + connection.remoteAddress());
}

void publishAll(Runtime runtime, Pipeline<String> nats, int messages) throws Exception {
    var number = new AtomicInteger();
    try (var group = runtime.group()) {
        for (int task = 0; task < 100; task++) {
            group.start(() -> {
                for (int i; (i = number.getAndIncrement()) < messages; ) publish(nats, "event " + i);
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
            if (count % 1_000 == 0) System.out.printf("acknowledged: %,d%n", count);
            return;
        } catch (IOException e) {
            // lost before its answer; the next call waits for the next connection
        }
    }
}

String request(String subject, String body) {
    return "PUB " + subject + " " + INBOX + " " + body.length() + "\r\n" + body + "\r\n";
}

/** Reads a message. One to the inbox is the answer to the oldest request, others are none. */
String readAnswer(Connection connection) throws IOException, InterruptedException {
    String line = connection.requireLine();
    String[] words = line.split(" ");
    switch (words[0]) {
        case "INFO" -> {} // what the server can do
        case "PING" -> connection.write("PONG\r\n");
        case "MSG", "HMSG" -> {
            int length = Integer.parseInt(words[words.length - 1]);
            byte[] bytes = connection.readExactly(length + 2); // includes CR and LF
            if (words[1].equals(INBOX)) return new String(bytes, 0, length, StandardCharsets.UTF_8);
            received.incrementAndGet();
        }
        default -> throw new ProtocolException("the server sent " + line);
    }
    return null;
}
