package io.loomline.server;

import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.net.Relay;

/** Relays every connection to a port of this machine until the process is killed. */
final class ProxyProgram {
    private ProxyProgram() {}

    public static void main(String[] arguments) throws Exception {
        int target = Integer.parseInt(arguments[0]);
        try (var runtime = Runtime.open()) {
            Server server =
                    runtime.listen(
                            0,
                            client -> {
                                try (Connection there = runtime.connect("localhost", target)) {
                                    Relay.between(client, there).run();
                                }
                            });
            System.out.println(server.port());
            server.await();
        }
    }
}
