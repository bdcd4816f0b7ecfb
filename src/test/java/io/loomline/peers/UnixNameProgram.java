package io.loomline.peers;

import io.loomline.Runtime;
import io.loomline.server.ServerOptions;

import java.net.UnixDomainSocketAddress;

/** Serves clients on a path until the program is killed. */
final class UnixNameProgram {
    private UnixNameProgram() {}

    public static void main(String[] arguments) throws Exception {
        try (var runtime = Runtime.open()) {
            var server =
                    runtime.listen(
                            UnixDomainSocketAddress.of(arguments[0]),
                            ServerOptions.DEFAULT,
                            connection -> {
                                System.out.println("peer " + connection.remoteAddress());
                                connection.writeLine("served");
                            });
            System.out.println("listening");
            server.await();
        }
    }
}
