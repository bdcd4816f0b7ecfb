import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.protocol.LineProtocol;
import io.loomline.protocol.Protocol;
import io.loomline.protocol.Protocols;
import io.loomline.protocol.Transport;
import io.loomline.server.Server;




import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The same echo server and client twice: in sequential style, and in callback style for those who
 * come from asyncio's or Twisted's protocols. Each server has the client of the other style, too.
 *
 * <pre>
 *   mvn -q -Dsample=Callbacks
 *   mvn -q -Dsample=Callbacks -Dargs=1000      so many lines in each conversation
 * </pre>
 *
 * Exit code: 0 if all four conversations gave the same lines, 1 if not, 2 if the argument is no good.
 */
final class Callbacks {
    public static void main(String[] arguments) throws Exception {
        int lines = arguments.length == 0 ? 3 : parse(arguments[0]);
        if (lines < 1) {
            System.err.println("'" + arguments[0] + "': expected a number of lines, 1 or more");
            System.exit(2);
        }
        boolean same = Runtime.run(runtime -> compare(runtime, lines));
        System.exit(same ? 0 : 1);
    }

    private static int parse(String argument) {
        try {
            return Integer.parseInt(argument);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static boolean compare(Runtime runtime, int lines) throws Exception {
        Server sequential = runtime.listen(0, Callbacks::echo);
        Server callbacks = runtime.listen(0, Protocols.handler(Echo::new));
        List<List<String>> all = new ArrayList<>();
        for (Server server : List.of(sequential, callbacks)) {
            String name = server == sequential ? "sequential" : "callback";
            try (Connection connection = runtime.connect("localhost", server.port())) {
                all.add(show(name + " server, sequential client", talk(connection, lines)));
            }
            Connection connection = runtime.connect("localhost", server.port());
            var client = new Client(lines);
            Protocols.run(connection, client);
            all.add(show(name + " server, callback client  ", client.answers.get()));
        }
        boolean same = all.stream().distinct().count() == 1;
        System.out.println(same ? "All four gave the same lines." : "They differ!");
        return same;
    }

    private static List<String> show(String who, List<String> answers) {
        System.out.println(who + ": " + answers.size() + " lines, the last: " + answers.getLast());
        return answers;
    }

    // Sequential: what happens stands where it happens, and the state is in local variables.

    private static void echo(Connection connection) throws IOException, InterruptedException {
        String line;
        while ((line = connection.readLine()) != null) connection.writeLine(line);
    }

    private static List<String> talk(Connection connection, int lines) throws Exception {
        List<String> answers = new ArrayList<>();
        for (int i = 1; i <= lines; i++) {
            connection.writeLine("hello " + i);
            answers.add(connection.readLine());
        }
        return answers;
    }

    // Callbacks: what happens is told, and the state is in fields.

    private static final class Echo implements Protocol {
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

    private static final class Client implements LineProtocol {
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
}
