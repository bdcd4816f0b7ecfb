package io.loomline.net;

import io.loomline.Runtime;
import io.loomline.server.Server;

import java.io.IOException;

/** Creates connections and never closes them. */
final class AbandonedProgram {
    private AbandonedProgram() {}

    public static void main(String[] arguments) throws Exception {
        try (Runtime runtime = Runtime.open()) {
            Server server = runtime.listen(0, Connection::readLine);
            System.err.println("server at " + server.port());
            forget(runtime, server);
            while (server.connectionCount() > 0) {
                System.gc();
                Thread.sleep(10);
            }
            System.err.println("all ended");
            read(runtime);
            runtime.connect("localhost", server.port()).close();
            runtime.connect("localhost", server.port()); // closed with the runtime
        }
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(10);
        }
        while (Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("loomline-collected"))) {
            System.gc();
            Thread.sleep(10);
        }
        System.err.println("over");
    }

    private static void forget(Runtime runtime, Server server) throws Exception {
        runtime.connect("localhost", server.port());
        while (server.connectionCount() == 0) Thread.sleep(1);
    }

    /** While the call waits, it holds the only reference to the connection. */
    private static void read(Runtime runtime) throws Exception {
        Server slow =
                runtime.listen(
                        0,
                        connection -> {
                            for (int i = 0; i < 30; i++) {
                                System.gc();
                                Thread.sleep(10);
                            }
                            connection.writeLine("late");
                        });
        System.err.println("read " + readFrom(runtime, slow.port()));
        slow.close();
    }

    private static String readFrom(Runtime runtime, int port)
            throws IOException, InterruptedException {
        return runtime.connect("localhost", port).readLine();
    }
}
