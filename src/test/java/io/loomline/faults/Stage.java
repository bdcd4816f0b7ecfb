package io.loomline.faults;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A runtime with one server, which a fault is injected into. */
final class Stage implements AutoCloseable {
    final Runtime runtime;
    final Server server;

    private Stage(Runtime runtime, ServerOptions options, ConnectionHandler handler)
            throws IOException {
        this.runtime = runtime;
        this.server = runtime.listen(LoopbackAddress.of(0), options, handler);
    }

    static Stage open(ConnectionHandler handler) throws IOException {
        return open(ServerOptions.DEFAULT, handler);
    }

    static Stage open(ServerOptions options, ConnectionHandler handler) throws IOException {
        return new Stage(Runtime.open(), options, handler);
    }

    /** Over that driver, which is closed with the stage. */
    static Stage over(Kernel kernel, ConnectionHandler handler) throws IOException {
        Driver driver = kernel == Kernel.NIO ? Drivers.nio() : Drivers.epoll();
        var options = RuntimeOptions.DEFAULT.withDriver(driver);
        return new Stage(Runtime.open(options), ServerOptions.DEFAULT, handler);
    }

    /** The drivers that this machine can run. */
    static List<Kernel> kernels() {
        List<Kernel> kernels = new ArrayList<>(List.of(Kernel.NIO));
        if (Kernel.chosen() == Kernel.EPOLL) kernels.add(Kernel.EPOLL);
        return kernels;
    }

    static void echo(Connection connection) throws IOException, InterruptedException {
        for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
    }

    int port() {
        return server.port();
    }

    /** Waits until no connection is left, for as long as the row may take. */
    void awaitNoConnection() throws InterruptedException {
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    /**
     * Connects an echo server's clients, of whom every second one waits for an answer. Each resets,
     * so that ports do not run out. Returns how often each outcome occurred; without an error it is
     * "x".
     */
    Map<String, Long> connectAndReset(int cycles) throws InterruptedException {
        Map<String, Long> outcomes =
                Peer.visit(
                        cycles,
                        2,
                        n -> {
                            Peer peer = Peer.to(port());
                            String answer = n % 2 == 0 ? peer.ask("x") : "x";
                            peer.reset();
                            return answer;
                        });
        awaitNoConnection();
        return outcomes;
    }

    @Override
    public void close() {
        runtime.close();
    }
}
