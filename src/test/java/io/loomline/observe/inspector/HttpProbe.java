package io.loomline.observe.inspector;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends requests with any headers, which HTTP clients do not let one choose. */
final class HttpProbe {
    private final String address;
    private final int port;

    HttpProbe(URI page) {
        this("127.0.0.1", page.getPort());
    }

    HttpProbe(String address, int port) {
        this.address = address;
        this.port = port;
    }

    /** What has come back. */
    record Reply(int status, String head, String body) {
        /** The value of a header; empty if it is missing. */
        String header(String name) {
            Pattern line = Pattern.compile("(?im)^" + name + ": *(.*?)\r?$");
            Matcher found = line.matcher(head);
            return found.find() ? found.group(1) : "";
        }
    }

    int port() {
        return port;
    }

    Reply get(String path) throws IOException {
        return send("GET", path);
    }

    /** Sends a request with the right host, and with more headers. */
    Reply send(String method, String path, String... headers) throws IOException {
        return sendTo("localhost:" + port, method, path, headers);
    }

    Reply sendTo(String host, String method, String path, String... headers) throws IOException {
        return exchange(
                "%s %s HTTP/1.1\r\nHost: %s\r\n%s".formatted(method, path, host, lines(headers)));
    }

    private static String lines(String... headers) {
        var lines = new StringBuilder("Connection: close\r\nContent-Length: 0\r\n");
        for (String header : headers) lines.append(header).append("\r\n");
        return lines.append("\r\n").toString();
    }

    Reply exchange(String request) throws IOException {
        try (var socket = new Socket(InetAddress.ofLiteral(address), port)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            byte[] all = socket.getInputStream().readAllBytes();
            return parse(new String(all, StandardCharsets.UTF_8));
        }
    }

    private static Reply parse(String reply) throws IOException {
        int end = reply.indexOf("\r\n\r\n");
        if (end < 0) throw new IOException("no reply: " + reply);
        String head = reply.substring(0, end).toLowerCase(Locale.ROOT);
        return new Reply(Integer.parseInt(reply.substring(9, 12)), head, reply.substring(end + 4));
    }
}
