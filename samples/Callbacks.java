import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.protocol.LineProtocol;
import io.loomline.protocol.Protocol;
import io.loomline.protocol.Protocols;
import io.loomline.protocol.Transport;
import io.loomline.server.Server;

// The same echo server and client twice: as sequential code, and as callbacks for those used to the
// protocols of asyncio and Twisted. Each client talks to both servers.
//
//   mvn -q -Dsample=Callbacks
//   mvn -q -Dsample=Callbacks -Dargs=1000      sends 1,000 lines in each conversation
//
// Exit code: 0 if all four conversations gave the same answers, 1 if not, 2 if the argument is
// wrong.

void main(String[] arguments) throws Exception {
    int lines = arguments.length == 0 ? 3 : parse(arguments[0]);
    if (lines < 1) {
        System.err.println("'" + arguments[0] + "': expected a number of lines, 1 or more");
        System.exit(2);
    }
    boolean same = Runtime.run(runtime -> compare(runtime, lines));
    System.exit(same ? 0 : 1);
}

int parse(String argument) {
    try {
        return Integer.parseInt(argument);
    } catch (NumberFormatException e) {
        return 0;
    }
}

boolean compare(Runtime runtime, int lines) throws Exception {
    Server sequential = runtime.listen(0, this::echo);
    Server callbacks = runtime.listen(0, Protocols.handler(Echo::new));
    Set<List<String>> answers = new HashSet<>();
    for (Server server : List.of(sequential, callbacks)) {
        String name = server == sequential ? "sequential" : "callback";
        try (Connection connection = runtime.connect("localhost", server.port())) {
            answers.add(show(name + " server, sequential client", talk(connection, lines)));
        }
        var client = new Client(lines);
        Protocols.run(runtime.connect("localhost", server.port()), client);
        answers.add(show(name + " server, callback client", client.answers.get()));
    }
    boolean same = answers.size() == 1;
    System.out.println(same ? "All answers are the same." : "The answers differ!");
    return same;
}

List<String> show(String conversation, List<String> answers) {
    String last = answers.getLast();
    System.out.printf("%s: %d answers, last: %s%n", conversation, answers.size(), last);
    return answers;
}

// Sequential: the order of the code is the order of events, and the state is in local variables.

void echo(Connection connection) throws IOException, InterruptedException {
    String line;
    while ((line = connection.readLine()) != null) connection.writeLine(line);
}

List<String> talk(Connection connection, int lines) throws Exception {
    List<String> answers = new ArrayList<>();
    for (int i = 1; i <= lines; i++) {
        connection.writeLine("hello " + i);
        answers.add(connection.readLine());
    }
    return answers;
}

// Callbacks: each event is a method, and the state is in fields.

static final class Echo implements Protocol {
    private Transport transport;

    @Override
    public void connected(Transport transport) {
        this.transport = transport;
    }

    @Override
    public void received(ByteBuffer bytes) {
        transport.write(bytes);
    }
}

static final class Client implements LineProtocol {
    final CompletableFuture<List<String>> answers = new CompletableFuture<>();
    private final List<String> received = new ArrayList<>();
    private final int lines;
    private Transport transport;

    Client(int lines) {
        this.lines = lines;
    }

    @Override
    public void connected(Transport transport) {
        this.transport = transport;
        send();
    }

    private void send() {
        String line = "hello " + (received.size() + 1) + "\n";
        transport.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void lineReceived(String line) {
        received.add(line);
        if (received.size() < lines) send();
        else transport.close();
    }

    @Override
    public void disconnected(Throwable cause) {
        if (cause == null) answers.complete(received);
        else answers.completeExceptionally(cause);
    }
}
