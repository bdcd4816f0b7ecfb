import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.net.Relay;
import io.loomline.server.Server;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;




import java.io.Console;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Passes on every connection to a server, and shows how much goes there and back. Without arguments
 * it has a server and 500 clients of its own, and checks that they notice nothing of it.
 *
 * <pre>
 *   mvn -q -Dsample=TcpProxy
 *   mvn -q -Dsample=TcpProxy -Dargs="7001 localhost 7000"      until Ctrl-C
 * </pre>
 *
 * Exit code: 0 if all went well, 1 if not, 2 if the arguments are no good.
 */
final class TcpProxy {
    private static final String USAGE = "usage: TcpProxy [PORT SERVER_HOST SERVER_PORT]";
    private static final int CLIENTS = 500;
    private static final int LINES = 50;

    /** The relays that run; each has the counts of its connection. */
    private final Set<Relay> relays = ConcurrentHashMap.newKeySet();

    /** Of those that have ended. */
    private final LongAdder bytesThere = new LongAdder();

    private final LongAdder bytesBack = new LongAdder();

    private final Runtime runtime;
    private final String host;
    private final int port;

    private TcpProxy(Runtime runtime, String host, int port) {
        this.runtime = runtime;
        this.host = host;
        this.port = port;
    }

    public static void main(String[] arguments) throws Exception {
        System.exit(run(arguments));
    }

    private static int run(String[] arguments) throws Exception {
        try {
            if (arguments.length == 0) return Runtime.run(TcpProxy::demonstrate);
            if (arguments.length != 3) throw new IllegalArgumentException("expected 3 arguments");
            int local = port(arguments[0]);
            int remote = port(arguments[2]);
            return Runtime.run(runtime -> serve(new TcpProxy(runtime, arguments[1], remote), local));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            return 2;
        } catch (IOException e) { // such as a port that is taken
            System.err.println(e.getMessage());
            return 1;
        }
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 1 && port <= 65_535) return port;
        } catch (NumberFormatException e) {
            // said below, as for a number that is out of range
        }
        throw new IllegalArgumentException("a port is a number from 1 to 65535, not " + text);
    }

    /** What becomes of a client, from beginning to end, in a task of its own. */
    private void pass(Connection client) throws Exception {
        try (Connection server = runtime.connect(host, port)) {
            Relay relay = Relay.between(client, server).idleTimeout(Duration.ofMinutes(10));
            relays.add(relay);
            try {
                relay.run();
            } finally { // the sum of both is never less than what went through
                bytesThere.add(relay.counts().firstToSecond());
                bytesBack.add(relay.counts().secondToFirst());
                relays.remove(relay);
            }
        }
    }

    private static int serve(TcpProxy proxy, int local) throws Exception {
        try (Server server = proxy.runtime.listen(local, proxy::pass);
                TaskGroup group = proxy.runtime.group()) {
            say("port %d goes to %s:%d; Ctrl-C ends%n", local, proxy.host, proxy.port);
            group.start("progress", proxy::showProgress);
            server.await();
        }
        return 0;
    }

    /** Runs until it is cancelled. */
    private void showProgress() throws InterruptedException {
        boolean live = System.console() instanceof Console console && console.isTerminal();
        while (true) {
            Task.sleep(Duration.ofMillis(live ? 200 : 1000));
            say(live ? "\r%s" : "%s%n", state());
        }
    }

    private String state() {
        long there = bytesThere.sum();
        long back = bytesBack.sum();
        for (Relay relay : relays) {
            there += relay.counts().firstToSecond();
            back += relay.counts().secondToFirst();
        }
        String format = "%,6d open %,15d bytes there %,15d bytes back";
        return String.format(Locale.ROOT, format, relays.size(), there, back);
    }

    private static void say(String format, Object... values) {
        System.out.print(String.format(Locale.ROOT, format, values));
    }

    /** An echo server, a proxy in front of it, and clients that talk to the proxy. */
    private static int demonstrate(Runtime runtime) throws Exception {
        try (Server echo = runtime.listen(0, TcpProxy::echo)) {
            var proxy = new TcpProxy(runtime, "localhost", echo.port());
            try (Server server = runtime.listen(0, proxy::pass);
                    TaskGroup group = runtime.group()) {
                Task<Void> progress = group.start("progress", proxy::showProgress);
                Callable<Long> client = () -> talk(runtime, server.port());
                List<Long> sent = group.gather(Collections.nCopies(CLIENTS, client));
                progress.cancelAndJoin();
                server.shutdown(Duration.ofSeconds(5)); // the relays see the ends a moment later
                long bytes = sent.stream().mapToLong(Long::longValue).sum();
                say("%n%s%n%,d bytes were sent by %d clients%n", proxy.state(), bytes, CLIENTS);
                boolean exact = proxy.bytesThere.sum() == bytes && proxy.bytesBack.sum() == bytes;
                return exact ? 0 : 1;
            }
        }
    }

    private static void echo(Connection connection) throws Exception {
        String line;
        while ((line = connection.readLine()) != null) connection.writeLine(line);
    }

    /** Sends lines and checks that each comes back; how many bytes it has sent. */
    private static long talk(Runtime runtime, int port) throws Exception {
        try (Connection connection = runtime.connect("localhost", port)) {
            for (int i = 0; i < LINES; i++) {
                connection.writeLine("line " + i);
                String echo = connection.readLine();
                if (!("line " + i).equals(echo)) throw new IOException("line " + i + ": " + echo);
            }
            connection.shutdownOutput();
            if (connection.readLine() != null) throw new IOException("more than was sent");
            return connection.bytesWritten();
        }
    }
}
