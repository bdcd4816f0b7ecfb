package io.loomline.observe.inspector;

import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;

/** Binds one port at the loopback addresses that the machine has. */
final class LoopbackListener {
    private static final List<String> ADDRESSES = List.of("127.0.0.1", "::1");

    /** A port that is free at the first address may be in use at the second. */
    private static final int ATTEMPTS = 10;

    private LoopbackListener() {}

    /**
     * Opens a server at each address, not started.
     *
     * @param port the port; 0 for one that is free at all addresses
     * @throws IOException if it is in use
     */
    static List<HttpServer> open(int port) throws IOException {
        if (port != 0) return openAt(port);
        BindException last = new BindException("no free port");
        for (int i = 0; i < ATTEMPTS; i++) {
            try {
                return openAt(0);
            } catch (BindException e) {
                last = e;
            }
        }
        throw last;
    }

    private static List<HttpServer> openAt(int port) throws IOException {
        List<HttpServer> servers = new ArrayList<>();
        int bound = port;
        try {
            for (String address : ADDRESSES) {
                var literal = InetAddress.ofLiteral(address);
                if (NetworkInterface.getByInetAddress(literal) == null) continue;
                HttpServer server = HttpServer.create(new InetSocketAddress(literal, bound), 0);
                servers.add(server);
                bound = server.getAddress().getPort();
            }
        } catch (IOException | RuntimeException e) {
            servers.forEach(each -> each.stop(0));
            throw e;
        }
        if (servers.isEmpty()) throw new IOException("this machine has no loopback address");
        return servers;
    }
}
