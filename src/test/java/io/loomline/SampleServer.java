package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Call;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.Server;
import io.loomline.server.ShutdownReport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Serves the handler of a sample in this JVM. At its end, nothing may have been logged. */
final class SampleServer implements AutoCloseable {
    private static final int READ_LIMIT_MILLIS = 20_000;
    private static final Duration GRACE = Duration.ofSeconds(20);

    private final CapturedLog log = new CapturedLog();
    private final PrintStream out = System.out;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final Runtime runtime = Runtime.open();
    private final Server server;

    SampleServer(ConnectionHandler handler) throws IOException {
        System.setOut(new PrintStream(printed, true, UTF_8));
        server = runtime.listen(0, handler);
    }

    /** A new instance of the class for each connection, whose {@code serve} is the handler. */
    static ConnectionHandler handlers(Class<?> session) throws ReflectiveOperationException {
        Constructor<?> constructor = session.getDeclaredConstructor();
        constructor.setAccessible(true);
        Method serve = serve(session);
        return connection -> invoke(serve, constructor.newInstance(), connection);
    }

    /** The method {@code serve} of one instance of the class. */
    static ConnectionHandler handler(Class<?> program) throws ReflectiveOperationException {
        Constructor<?> constructor = program.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object instance = constructor.newInstance();
        Method serve = serve(program);
        return connection -> invoke(serve, instance, connection);
    }

    private static Method serve(Class<?> type) throws NoSuchMethodException {
        Method serve = type.getDeclaredMethod("serve", Connection.class);
        serve.setAccessible(true);
        return serve;
    }

    private static void invoke(Method method, Object instance, Connection connection)
            throws Exception {
        try {
            method.invoke(instance, connection);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception cause) throw cause;
            throw e;
        }
    }

    int port() {
        return server.port();
    }

    /** Begins to shut the server down; the result is the report. */
    Call<ShutdownReport> shutdown() {
        return Call.of(() -> server.shutdown(GRACE));
    }

    int connectionCount() {
        return server.connectionCount();
    }

    Socket connect() throws IOException {
        var socket = new Socket();
        socket.connect(LoopbackAddress.of(port()));
        socket.setSoTimeout(READ_LIMIT_MILLIS);
        return socket;
    }

    /** The lines that the sample has printed. */
    List<String> printed() {
        return lines(printed.toString(UTF_8)).toList();
    }

    private static Stream<String> lines(String text) {
        return text.lines().filter(line -> !line.isEmpty());
    }

    @Override
    public void close() {
        runtime.close();
        System.setOut(out);
        log.close();
        assertEquals("", log.text(), "the log");
    }
}
