import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.server.ServerOptions;
import io.loomline.tls.Tls;



import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Loomline, as its README shows it, with its default limits. Arguments: driver, "text" or "bytes" for
 * lines, service.
 */
public class LoomlineServer {
    static final Path FILE = Path.of("target/bench/file.bin");
    static final int STREAM_BYTES = 256 * 1024;

    /** As long as the longest line of the scenarios. */
    static final int LINE_BYTES = 16 * 1024;

    static final Set<Connection> MEMBERS = ConcurrentHashMap.newKeySet();

    public static void main(String[] args) throws Exception {
        Driver driver = driver(args[0]);
        if (driver == null) return;
        String service = args[2];
        ConnectionHandler handler = switch (service) {
            case "line", "idle", "tls-line", "tls-idle" ->
                args[1].equals("bytes") ? LoomlineServer::lineBytes : LoomlineServer::lines;
            case "sink" -> LoomlineServer::sink;
            case "echo" -> LoomlineServer::echo;
            case "file" -> LoomlineServer::file;
            case "tls-sink" -> LoomlineServer::acknowledge;
            case "tls-file" -> fromMemory(Files.readAllBytes(FILE));
            case "broadcast" -> LoomlineServer::broadcast;
            default -> throw new IllegalArgumentException(service);
        };
        // the default admits 10,000
        var options = service.equals("idle") ? ServerOptions.DEFAULT.withMaxConnections(16_000) : ServerOptions.DEFAULT;
        if (service.startsWith("tls-")) options = options.withTls(tls());
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (var runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver))) {
            runtime.recordOperations(Boolean.getBoolean("loomline.bench.record"));
            System.out.println("ready " + runtime.listen(address, options, handler).port());
            System.in.read();
        }
    }

    static Tls tls() throws IOException {
        return Tls.server(Path.of("target/bench/tls-chain.pem"), Path.of("target/bench/tls-key.pem"))
                .withProtocols(List.of("TLSv1.3"))
                .withCiphers(List.of("TLS_AES_128_GCM_SHA256"));
    }

    static void lines(Connection connection) throws Exception {
        String line;
        while ((line = connection.readLine()) != null) connection.writeLine(line);
    }

    static void lineBytes(Connection connection) throws Exception {
        var line = ByteBuffer.allocate(LINE_BYTES);
        while (connection.readLineInto(line.clear()) >= 0) connection.writeLineBytes(line.flip());
    }

    static void sink(Connection connection) throws Exception {
        byte[] bytes = new byte[STREAM_BYTES];
        long total = 0;
        for (int got; (got = connection.read(bytes, 0, bytes.length)) >= 0; ) total += got;
        connection.writeLine(Long.toString(total));
    }

    /** A newline for each whole MiB. */
    static void acknowledge(Connection connection) throws Exception {
        byte[] bytes = new byte[STREAM_BYTES];
        long total = 0;
        long acknowledged = 0;
        for (int got; (got = connection.read(bytes, 0, bytes.length)) >= 0; ) {
            total += got;
            for (; acknowledged < total >> 20; acknowledged++) connection.writeLine("");
        }
    }

    static ConnectionHandler fromMemory(byte[] file) {
        return connection -> {
            while (connection.readLine() != null) {
                for (int at = 0; at < file.length; at += STREAM_BYTES) {
                    connection.write(ByteBuffer.wrap(file, at, STREAM_BYTES));
                }
            }
        };
    }

    static void echo(Connection connection) throws Exception {
        byte[] bytes = new byte[STREAM_BYTES];
        for (int got; (got = connection.read(bytes, 0, bytes.length)) >= 0; ) {
            connection.write(ByteBuffer.wrap(bytes, 0, got));
        }
    }

    static void file(Connection connection) throws Exception {
        while (connection.readLine() != null) connection.transferFrom(FILE);
    }

    static void broadcast(Connection connection) throws Exception {
        MEMBERS.add(connection);
        try {
            connection.writeLine("");
            for (String line; (line = connection.readLine()) != null; ) {
                for (Connection member : MEMBERS) member.writeLine(line);
            }
        } finally {
            MEMBERS.remove(connection);
        }
    }

    static Driver driver(String name) throws ReflectiveOperationException {
        try {
            return (Driver) Drivers.class.getMethod(name).invoke(null);
        } catch (NoSuchMethodException e) {
            System.out.println("skipped: there is no driver " + name);
        } catch (java.lang.reflect.InvocationTargetException e) {
            System.out.println("skipped: " + e.getCause());
        }
        return null;
    }
}
