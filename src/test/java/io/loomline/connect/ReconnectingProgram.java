package io.loomline.connect;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.server.Server;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Clients whose server is missing or resets them, for a test of the log. */
final class ReconnectingProgram {
    private static final Backoff EVERY_MILLISECOND =
            Backoff.DEFAULT
                    .withWaits(Duration.ofMillis(1), Duration.ofMillis(1))
                    .withFactor(1)
                    .withJitter(0);

    private ReconnectingProgram() {}

    public static void main(String[] arguments) throws Exception {
        var options = RuntimeOptions.DEFAULT.withDriver(Drivers.memory());
        try (Runtime runtime = Runtime.open(options)) {
            Server server = runtime.listen(7, Connection::abort);
            Task<?> task =
                    switch (arguments[0]) {
                        case "refused" ->
                                runtime.start(() -> run(() -> runtime.connect("localhost", 1)));
                        case "reset" ->
                                runtime.start(() ->
                                        run(() -> runtime.connect("localhost", server.port())));
                        default ->
                                runtime.start(() ->
                                        run(() -> {
                                            throw new IOException();
                                        }));
                    };
            task.join();
        }
    }

    private static void run(Reconnecting.Connector connector) throws Exception {
        try {
            Deadline.after(Duration.ofMillis(500))
                    .<Void, Exception>call(() -> {
                        Reconnecting.run(
                                connector,
                                EVERY_MILLISECOND,
                                connection -> connection.lines().forEach(_ -> {}));
                        return null;
                    });
        } catch (TimeoutException e) {
            System.err.println("ended");
        }
    }
}
