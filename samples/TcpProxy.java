import module io.loomline;
import io.loomline.Runtime;

// Relays every connection to a server and shows the number of bytes in each direction. Without
// arguments it starts an echo server and 500 clients, and checks that every byte arrives.
//
//   mvn -q -Dsample=TcpProxy
//   mvn -q -Dsample=TcpProxy -Dargs="7001 localhost 7000"      runs until Ctrl-C
//
// Exit code: 0 if every byte arrived, 1 if not, 2 if the arguments are wrong. A signal is the normal
// end of a proxy: the exit code is 0.

static final String USAGE = "usage: TcpProxy [PORT SERVER_HOST SERVER_PORT]";
static final int CLIENTS = 500;
static final int LINES = 50;

/** The open relays; each counts the bytes of its connection. */
final Set<Relay> relays = ConcurrentHashMap.newKeySet();

/** The bytes of the relays that have ended. */
final LongAdder bytesToServer = new LongAdder();

final LongAdder bytesToClient = new LongAdder();

void main(String[] arguments) throws Exception {
    System.exit(run(arguments));
}

int run(String[] arguments) throws Exception {
    try {
        if (arguments.length == 0) return Runtime.run(this::demonstrate);
        if (arguments.length != 3) throw new IllegalArgumentException("expected 3 arguments");
        int port = parsePort(arguments[0]);
        String host = arguments[1];
        int serverPort = parsePort(arguments[2]);
        Runtime.run(runtime -> {
            serve(runtime, port, host, serverPort);
        });
        return 0;
    } catch (IllegalArgumentException e) {
        System.err.println(e.getMessage() + "\n" + USAGE);
        return 2;
    } catch (IOException e) { // for example, the port is in use
        System.err.println(e.getMessage());
        return 1;
    }
}

int parsePort(String text) {
    try {
        int port = Integer.parseInt(text);
        if (port >= 1 && port <= 65_535) return port;
    } catch (NumberFormatException e) {
        // reported below, like a number that is out of range
    }
    throw new IllegalArgumentException("port " + text + ": expected a number from 1 to 65535");
}

/** Each connection needs a descriptor for the client and one for the server behind. */
Server listen(Runtime runtime, int port, ConnectionHandler handler) throws IOException {
    var admission = AdmissionOptions.DEFAULT.withDescriptorsPerConnection(2);
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return runtime.listen(address, ServerOptions.DEFAULT.withAdmission(admission), handler);
}

void serve(Runtime runtime, int port, String host, int serverPort) throws Exception {
    try (Server proxy = listen(runtime, port, client -> relay(runtime, client, host, serverPort));
            TaskGroup group = runtime.group()) {
        print("relaying port %d to %s:%d; Ctrl-C stops%n", port, host, serverPort);
        group.start("progress", this::showProgress);
        proxy.await();
    }
}

/** Serves one client from start to end, in a task of its own. */
void relay(Runtime runtime, Connection client, String host, int serverPort) throws Exception {
    try (Connection server = runtime.connect(host, serverPort)) {
        Relay relay = Relay.between(client, server).idleTimeout(Duration.ofMinutes(10));
        relays.add(relay);
        try {
            relay.run();
        } finally {
            bytesToServer.add(relay.counts().firstToSecond());
            bytesToClient.add(relay.counts().secondToFirst());
            relays.remove(relay);
        }
    }
}

/** Runs until it is cancelled. */
void showProgress() throws InterruptedException {
    boolean live = System.console() instanceof Console console && console.isTerminal();
    while (true) {
        Task.sleep(Duration.ofMillis(live ? 200 : 1000));
        print(live ? "\r%s" : "%s%n", progress());
    }
}

String progress() {
    long toServer = 0;
    long toClient = 0;
    for (Relay relay : relays) {
        toServer += relay.counts().firstToSecond();
        toClient += relay.counts().secondToFirst();
    }
    toServer += bytesToServer.sum(); // after the loop, so that a relay that ends is not missed
    toClient += bytesToClient.sum();
    String format = "%,6d open %,15d bytes to server %,15d bytes to client";
    return String.format(Locale.ROOT, format, relays.size(), toServer, toClient);
}

void print(String format, Object... values) {
    System.out.print(String.format(Locale.ROOT, format, values));
}

/** Starts an echo server, a proxy in front of it, and clients of the proxy. */
int demonstrate(Runtime runtime) throws Exception {
    Server echo = runtime.listen(0, this::echo);
    Server proxy = listen(runtime, 0, client -> relay(runtime, client, "localhost", echo.port()));
    try (TaskGroup group = runtime.group()) {
        Task<Void> progress = group.start("progress", this::showProgress);
        Callable<Long> client = () -> talk(runtime, proxy.port());
        List<Long> sent = group.gather(Collections.nCopies(CLIENTS, client));
        progress.cancelAndJoin();
        proxy.shutdown(Duration.ofSeconds(5)); // a relay ends shortly after its client
        long bytes = sent.stream().mapToLong(Long::longValue).sum();
        print("%n%s%n%,d bytes were sent by %d clients%n", progress(), bytes, CLIENTS);
        return bytesToServer.sum() == bytes && bytesToClient.sum() == bytes ? 0 : 1;
    }
}

void echo(Connection connection) throws Exception {
    String line;
    while ((line = connection.readLine()) != null) connection.writeLine(line);
}

/** Sends lines and checks their echo; returns the number of bytes sent. */
long talk(Runtime runtime, int port) throws Exception {
    try (Connection connection = runtime.connect("localhost", port)) {
        for (int i = 0; i < LINES; i++) {
            connection.writeLine("line " + i);
            String echo = connection.readLine();
            if (!("line " + i).equals(echo)) throw new IOException("line " + i + ": " + echo);
        }
        connection.shutdownOutput();
        if (connection.readLine() != null) throw new IOException("received more than was sent");
        return connection.bytesWritten();
    }
}
