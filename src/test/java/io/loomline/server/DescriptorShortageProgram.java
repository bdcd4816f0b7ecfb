package io.loomline.server;

import io.loomline.Runtime;
import io.loomline.probe.Eventually;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Uses up all descriptors while a client connects, and releases them afterwards. */
final class DescriptorShortageProgram {
    private DescriptorShortageProgram() {}

    public static void main(String[] arguments) throws Exception {
        try (var runtime = Runtime.open()) {
            Server server = runtime.listen(0, connection -> connection.writeLine("served"));
            if (!ask(connect(server)).equals("served")) throw new AssertionError("no server");
            Eventually.holds(() -> server.connectionCount() == 0);
            List<InputStream> taken = takeAll();
            taken.removeLast().close();
            Socket client = connect(server); // the kernel has accepted it; the server cannot
            Eventually.holds(() -> !server.isAccepting());
            Throwable failure = server.lastFailure().orElseThrow();
            String why = failure + " " + java.util.Arrays.toString(failure.getSuppressed());
            for (InputStream each : taken) each.close();
            System.out.println(ask(client));
            System.out.println(why);
            Eventually.holds(server::isAccepting);
            server.close();
            server.await();
            System.out.println("orderly");
        }
    }

    private static Socket connect(Server server) throws IOException {
        return new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), server.port());
    }

    private static String ask(Socket client) throws IOException {
        try (client) {
            var input = new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8);
            return String.valueOf(new BufferedReader(input).readLine());
        }
    }

    private static List<InputStream> takeAll() {
        List<InputStream> taken = new ArrayList<>();
        try {
            while (true) taken.add(new FileInputStream("/dev/null"));
        } catch (IOException e) {
            return taken;
        }
    }
}
