package io.loomline.server;

import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.task.Task;

import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Many clients connect at once to a Unix-domain listener with a short queue. */
final class UnixBurstProgram {
    private static final int CLIENTS = 30;

    private UnixBurstProgram() {}

    public static void main(String[] arguments) throws Exception {
        var address = UnixDomainSocketAddress.of(arguments[0]);
        try (var runtime = Runtime.open()) {
            Server server =
                    runtime.listen(
                            address,
                            ServerOptions.DEFAULT.withBacklog(1),
                            connection -> connection.writeLine("served"));
            server.suspend();
            List<Task<String>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(
                        runtime.start(() -> {
                            try (Connection client = runtime.connect(address)) {
                                return client.readLine();
                            }
                        }));
            }
            Task.sleep(Duration.ofMillis(100)); // so that most clients find the queue full
            server.resume();
            for (Task<String> each : clients) each.join();
            System.out.println("all served");
        }
    }
}
