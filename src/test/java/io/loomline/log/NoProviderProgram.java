package io.loomline.log;

import static io.loomline.task.ReturnWhen.ALL_COMPLETED;

import io.loomline.Runtime;
import io.loomline.probe.HostileException;
import io.loomline.server.Server;
import io.loomline.task.Task;
import io.loomline.task.Tasks;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

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
            Task<?> reader =
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
            Task<?> hostile =
                    runtime.start(
                            "hostile",
                            () -> {
                                throw new HostileException();
                            });
            // a task that is cancelled before it runs never runs
            Tasks.await(List.of(reader, hostile), ALL_COMPLETED, Duration.ofSeconds(10));
        }
    }
}
