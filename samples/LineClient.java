import io.loomline.Runtime;
import io.loomline.net.Connection;

// Talks to a server line by line: sends the standard input and prints what the server sends. At the
// end of the input (Ctrl-D) it ends its output, and prints on until the server closes.
//
//   mvn -q -Dsample=LineClient -Dargs="localhost 7000"
//   mvn -q -Dsample=LineClient -Dargs="--crlf mail.example.org:25" < mail.txt
//
// Exit code: 0 if the server closed the connection, 1 if connecting or the connection failed, 2 if
// the arguments are wrong.

static final String USAGE =
        """
        usage: LineClient [--crlf] HOST PORT
          --crlf   end each line with CRLF, as mail and HTTP servers require
        To start a server: mvn -q -Dsample=EchoServer -Dargs="--serve --port 7000"\
        """;

void main(String[] arguments) throws Exception {
    System.exit(run(arguments));
}

int run(String[] arguments) throws Exception {
    if (arguments.length == 0) {
        System.out.println(USAGE);
        return 0;
    }
    try {
        Options options = Options.parse(arguments);
        return Runtime.run(runtime -> talk(runtime, options));
    } catch (IllegalArgumentException e) {
        System.err.println(e.getMessage() + "\n" + USAGE);
        return 2;
    } catch (IOException e) { // for example, connection refused
        System.err.println(e.getMessage());
        return 1;
    }
}

int talk(Runtime runtime, Options options) throws Exception {
    try (Connection connection = runtime.connect(options.host(), options.port())) {
        // A read of System.in cannot be cancelled, so it runs on a daemon thread.
        Thread.ofPlatform().daemon().start(() -> sendInput(connection, options.ending()));
        String line;
        while ((line = connection.readLine()) != null) System.out.println(line);
    }
    return 0;
}

/** Writes while another thread reads. Every thread may write. */
void sendInput(Connection connection, String ending) {
    var input = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
    try {
        String line;
        while ((line = input.readLine()) != null) connection.write(line + ending);
        connection.shutdownOutput(); // the server can still answer
    } catch (IOException | InterruptedException e) {
        // the connection has ended; the task that reads reports why
    }
}

/** The parsed arguments. */
record Options(String host, int port, String ending) {
    static Options parse(String[] arguments) {
        List<String> rest = new ArrayList<>(List.of(arguments));
        boolean crlf = rest.remove("--crlf");
        String server = String.join(":", rest); // accepts HOST PORT and HOST:PORT
        int colon = server.lastIndexOf(':');
        if (rest.isEmpty() || rest.size() > 2 || colon < 1) {
            throw new IllegalArgumentException("expected a host and a port, but was: " + server);
        }
        int port = parsePort(server.substring(colon + 1));
        return new Options(server.substring(0, colon), port, crlf ? "\r\n" : "\n");
    }

    private static int parsePort(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 1 && port <= 65_535) return port;
        } catch (NumberFormatException e) {
            // reported below, like a number that is out of range
        }
        throw new IllegalArgumentException("port " + text + ": expected a number from 1 to 65535");
    }
}
