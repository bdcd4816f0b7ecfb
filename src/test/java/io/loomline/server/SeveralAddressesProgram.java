package io.loomline.server;

import io.loomline.Runtime;

import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** Listens at addresses of both families on a machine without IPv6. */
final class SeveralAddressesProgram {
    private SeveralAddressesProgram() {}

    public static void main(String[] arguments) throws Exception {
        try (var runtime = Runtime.open()) {
            for (String six : List.of("::1", "::", "2001:db8::1")) {
                var addresses = Listeners.at(at(six), at("127.0.0.1"));
                Server server =
                        runtime.listen(
                                addresses,
                                ServerOptions.DEFAULT,
                                connection -> connection.writeLine("served"));
                try (server;
                        var client = runtime.connect("127.0.0.1", server.port())) {
                    System.out.println(server.localAddresses().size() + " " + client.readLine());
                }
            }
            try {
                runtime.listen(Listeners.at(at("::1"), at("::")), ServerOptions.DEFAULT, _ -> {});
            } catch (BindException e) {
                System.out.println(e.getMessage() + " " + e.getSuppressed().length);
            }
        }
    }

    private static InetSocketAddress at(String host) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), 0);
    }
}
