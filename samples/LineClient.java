import io.loomline.Runtime;
import io.loomline.net.Connection;




import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;

/**
 * Talks to a server, line by line: what is typed goes there, what it says is printed. At the end of
 * the input (Ctrl-D) it says so to the server, and prints on until the server ends, too.
 *
 * <pre>
 *   mvn -q -Dsample=LineClient -Dargs="localhost 7000"
 *   mvn -q -Dsample=LineClient -Dargs="--crlf mail.example.org:25" &lt; mail.txt
 * </pre>
 *
 * Exit code: 0 if the server ended the conversation, 1 if there was none or it broke off, 2 if the
 * arguments are no good.
 */
final class LineClient {
    private static final String USAGE =
            """
            usage: LineClient [--crlf] HOST PORT
              --crlf   ends the lines that it sends with CRLF, as mail and HTTP servers want it
            To have a server: mvn -q -Dsample=EchoServer -Dargs="--serve --port 7000"\
            """;

    public static void main(String[] arguments) throws Exception {
        System.exit(run(arguments));
    }

    private static int run(String[] arguments) throws Exception {
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
        } catch (IOException e) { // such as that nobody listens there
            System.err.println(e.getMessage());
            return 1;
        }
    }

    private static int talk(Runtime runtime, Options options) throws Exception {
        try (Connection connection = runtime.connect(options.host(), options.port())) {
            // A read of System.in knows no cancel. So it has a thread that the JVM does not wait for.
            Thread.ofPlatform().daemon().name("stdin").start(() -> sendInput(connection, options.ending()));
            String line;
            while ((line = connection.readLine()) != null) System.out.println(line);
        }
        return 0;
    }

    /** Any thread may write, also while another one reads. */
    private static void sendInput(Connection connection, String ending) {
        var input = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        try {
            String line;
            while ((line = input.readLine()) != null) connection.write(line + ending);
            connection.shutdownOutput(); // the server may still have something to say
        } catch (IOException | InterruptedException e) {
            // the connection is over: the task that reads from it says why
        }
    }

    /** What the arguments say. */
    private record Options(String host, int port, String ending) {
        static Options parse(String[] arguments) {
            List<String> rest = new ArrayList<>(List.of(arguments));
            boolean crlf = rest.remove("--crlf");
            String server = String.join(":", rest); // HOST PORT, or HOST:PORT as others write it
            int colon = server.lastIndexOf(':');
            if (rest.isEmpty() || rest.size() > 2 || colon < 1) {
                throw new IllegalArgumentException("expected a host and a port, not: " + server);
            }
            int port = port(server.substring(colon + 1));
            return new Options(server.substring(0, colon), port, crlf ? "\r\n" : "\n");
        }

        private static int port(String text) {
            try {
                int port = Integer.parseInt(text);
                if (port >= 1 && port <= 65_535) return port;
            } catch (NumberFormatException e) {
                // said below, as for a number that is out of range
            }
            throw new IllegalArgumentException("port: a number from 1 to 65535, not " + text);
        }
    }
}
