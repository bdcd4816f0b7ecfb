import module io.loomline;
import io.loomline.Runtime;

// A server and its busy clients, and the page that shows what they do: open the address that it
// prints. The page may cancel each connection, and then a new client takes its place.
//
//   mvn -q -Dsample=Inspector
//   mvn -q -Dsample=Inspector -Dargs="9000 1000"      the page's port, and the number of clients

void main(String[] arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 0;
    int clients = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 200;
    var inspector = InspectorOptions.at(port).withActions(true);
    var options = RuntimeOptions.DEFAULT.withName("demo").withInspector(inspector)
            .withShutdownGrace(Duration.ofSeconds(1));
    Runtime.run(options, runtime -> {
        var server = runtime.listen(0, this::answer);
        System.out.println("listening on port " + server.port());
        System.out.println("the page is at " + runtime.inspector().orElseThrow());
        for (int i = 0; i < clients; i++) runtime.start("client " + i, () -> talk(runtime, server));
        server.await();
    });
}

/** Serves one connection. Some questions take long. */
void answer(Connection connection) throws Exception {
    for (String question : connection.lines()) {
        if (question.startsWith("slow")) Task.sleep(Duration.ofSeconds(5));
        connection.writeLine("the answer to " + question);
    }
}

/** One client after the other, of which each asks until its connection ends. */
void talk(Runtime runtime, Server server) throws InterruptedException {
    var random = ThreadLocalRandom.current();
    while (server.isReady()) {
        try (var connection = runtime.connect(server.localAddress())) {
            for (int i = random.nextInt(100); i >= 0; i--) {
                connection.writeLine((i % 20 == 0 ? "slow " : "quick ") + "question".repeat(i));
                connection.requireLine();
                Task.sleep(Duration.ofMillis(random.nextInt(1_000)));
            }
        } catch (IOException e) {
            Task.sleep(Duration.ofSeconds(1)); // the server has cancelled its task, or is closed
        }
    }
}
