import module io.loomline;
import io.loomline.Runtime;

// A server that answers lines, and that is replaced by a newer process without a refused, reset or
// lost connection. There are three ways, see src/docs/restart.md:
//   mvn -q -Dsample=Restart -Dargs="7000 restart.sock"        again, while the first one runs:
// the new process takes the listener over at that Unix socket, and then the old one ends by itself.
//   mvn -q -Dsample=Restart -Dargs="7000"                     again, then SIGTERM to the first one:
// both listen at the port (SO_REUSEPORT, with sysctl net.ipv4.tcp_migrate_req=1).
//   systemd-socket-activate -l 7000 java ... Restart.java 7000
// the process inherits the listener, which stays open while no process runs.

/** How long clients may go on with their present connections. */
static final Duration GRACE = Duration.ofSeconds(30);

static final LongAdder LINES = new LongAdder();

void main(String[] arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 7000;
    Path path = arguments.length > 1 ? Path.of(arguments[1]) : null;
    Runtime.run(RuntimeOptions.DEFAULT.withShutdownGrace(GRACE), runtime -> {
        var server = listen(runtime, port, path);
        System.out.println("listening on port " + server.port() + "; Ctrl-C stops");
        if (path == null) server.await(); // until a signal shuts it down
        else if (server.handOver(path)) System.out.println(server.shutdown(GRACE)); // replaced
        System.out.println("served " + LINES.sum() + " lines");
    });
}

Server listen(Runtime runtime, int port, Path path) throws IOException, InterruptedException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    Listeners listeners = Listeners.inherited().or(Listeners.at(address));
    if (path != null) listeners = Listeners.takenOverFrom(path).or(listeners);
    ServerOptions options = ServerOptions.DEFAULT;
    options = options.withSocket(options.socket().withReusePort(path == null));
    return runtime.listen(listeners, options, this::answer);
}

/** Goes on until the client has ended, so that no request is left unanswered. */
void answer(Connection connection) throws IOException, InterruptedException {
    for (String line : connection.lines()) {
        LINES.increment(); // before the client can know
        connection.writeLine(line);
    }
}
