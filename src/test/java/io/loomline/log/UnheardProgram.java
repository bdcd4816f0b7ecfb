package io.loomline.log;

import io.loomline.Runtime;
import io.loomline.server.Server;

import java.io.IOException;

/** What goes wrong in a program that has no logger. */
final class UnheardProgram {
    private UnheardProgram() {}

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
                        throw new Hostile();
                    });
        }
    }

    /** Fails when it is asked for its words. */
    static final class Hostile extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new IllegalStateException("not to be asked");
        }

        @Override
        public String toString() {
            throw new IllegalStateException("not to be asked");
        }

        @Override
        public synchronized Throwable getCause() {
            throw new IllegalStateException("not to be asked");
        }
    }
}
