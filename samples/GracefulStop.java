import module io.loomline;
import io.loomline.Runtime;

// A server is restarted again and again while clients send it lines. Each connection saves its
// lines when it ends, as a buffer in front of a file does. A graceful stop lets each one end by
// itself, so no acknowledged line is lost. A close cuts them, and what they had not saved is lost.
//
//   mvn -q -Dsample=GracefulStop
//   mvn -q -Dsample=GracefulStop -Dargs="STOPS CLIENTS"
//   mvn -q -Dsample=GracefulStop -Dargs="STOPS CLIENTS close"      closes the server instead
//
// Exit code: 0 if nothing was lost, otherwise 1. A request counts as lost if it gets neither an
// answer nor a proper end of its connection.

final Set<String> saved = ConcurrentHashMap.newKeySet();
final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
final LongAdder connections = new LongAdder();
final LongAdder refused = new LongAdder();
final LongAdder broken = new LongAdder();

void main(String[] arguments) throws Exception {
    int stops = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    int clients = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100;
    boolean graceful = !List.of(arguments).contains("close");
    System.exit(Runtime.run(runtime -> {
        Server server = runtime.listen(0, this::serve);
        var address = server.localAddress();
        try (TaskGroup group = runtime.group()) {
            for (int i = 0; i < clients; i++) {
                String name = "client " + i;
                group.start(name, () -> sendLines(runtime, address, name));
            }
            for (int i = 1; i <= stops; i++) {
                while (server.connectionCount() < clients) Task.sleep(Duration.ofMillis(10));
                Task.sleep(Duration.ofMillis(200)); // under load
                System.out.println("stop " + i + ": " + stop(server, graceful));
                if (i < stops) server = runtime.listen(address, this::serve);
            }
        }
        return summarize(graceful ? "graceful stops" : "closes", stops);
    }));
}

String stop(Server server, boolean graceful) throws InterruptedException {
    if (graceful) return server.shutdown(Duration.ofSeconds(5)).toString();
    server.close();
    return "closed";
}

/** Serves one connection until its end, or until the server drains and it is between two lines. */
void serve(Connection connection) throws Exception {
    var unsaved = new ArrayList<String>();
    while (connection.awaitMessage()) {
        String line = connection.requireLine();
        unsaved.add(line);
        connection.writeLine("ok " + line);
    }
    saved.addAll(unsaved);
}

/** Sends numbered lines, and sends a line again on the next connection unless it was answered. */
void sendLines(Runtime runtime, SocketAddress address, String name) throws Exception {
    int number = 0;
    while (true) {
        try (Connection connection = runtime.connect(address)) {
            connections.increment();
            while (true) {
                String line = name + ", line " + number;
                connection.writeLine(line);
                if (connection.readLine() == null) break;
                acknowledged.add(line);
                number++;
            }
        } catch (ConnectFailedException e) { // the next server does not listen yet
            refused.increment();
            Task.sleep(Duration.ofMillis(10));
        } catch (IOException e) {
            broken.increment();
        }
    }
}

int summarize(String kind, int stops) {
    long lost = acknowledged.stream().filter(line -> !saved.contains(line)).count();
    System.out.printf("%d %s: %,d lines acknowledged over %,d connections, %,d connects refused%n",
            stops, kind, acknowledged.size(), connections.sum(), refused.sum());
    System.out.printf("lost: %,d acknowledged lines, %,d requests%n", lost, broken.sum());
    return lost + broken.sum() == 0 ? 0 : 1;
}
