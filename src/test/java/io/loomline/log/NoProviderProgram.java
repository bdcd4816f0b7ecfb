package io.loomline.log;

import io.loomline.Runtime;
import io.loomline.probe.HostileException;
import io.loomline.server.Server;

import java.io.IOException;

/** A program without an slf4j provider whose handler, tasks and callback fail. */
final class NoProviderProgram {
    private NoProviderProgram() {}

    public static void main(String[] arguments) throws Exception {
        try (Runtime runtime = Runtime.open()) {
            Server server =
                    runtime.listen(
                            0,
                            connection -> {
                                throw new IllegalStateException("the handler's fault");
                            });
            try (var connection = runtime.connect("localhost", server.port())) {
                connection.readLine();
            }
            runtime.start(
                    "reader",
                    () -> {
                        throw new IOException("the task's fault");
                    });
            runtime.start(() -> 1)
                    .onDone(_ -> {
                        throw new IllegalArgumentException("the callback's fault");
                    })
                    .join();
            runtime.start(
                    "hostile",
                    () -> {
                        throw new HostileException();
                    });
        }
    }
}
