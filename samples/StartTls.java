import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.tls.Tls;

// A mail server and its client, which upgrade their connection to TLS in the middle (RFC 3207), as
// IMAP, LDAP, PostgreSQL and XMPP also do. Shows what each side sends, and with which protocol.
//
//   mvn -q -Dsample=StartTls
//   mvn -q -Dsample=StartTls -Dargs=2525      serves until Ctrl-C

static final char[] PASSWORD = "changeit".toCharArray();
static final LineFormat CRLF = LineFormat.DEFAULT.withEnding(Ending.CRLF);

void main(String[] arguments) throws Exception {
    Runtime.run(runtime -> {
        int port = arguments.length == 0 ? 0 : Integer.parseInt(arguments[0]);
        SSLContext context = newContext();
        Tls tls = Tls.server(context);
        var server = runtime.listen(port, connection -> serve(connection, tls));
        if (arguments.length == 0) {
            converse(runtime, server.port(), Tls.client(context));
        } else {
            System.out.printf("listening on port %d; Ctrl-C stops%n", server.port());
            server.await();
        }
    });
}

/** Serves one client from start to end. */
void serve(Connection connection, Tls tls) throws Exception {
    connection.lineFormat(CRLF);
    connection.writeLine("220 localhost at your service");
    String line;
    while ((line = connection.readLine()) != null) {
        switch (line.split(" ")[0].toUpperCase(Locale.ROOT)) {
            case "EHLO" -> greet(connection);
            case "STARTTLS" -> upgrade(connection, tls);
            case "QUIT" -> {
                connection.writeLine("221 goodbye");
                return;
            }
            default -> connection.writeLine("502 expected EHLO, STARTTLS or QUIT");
        }
    }
}

/** Lists the extensions, one a line, after the name. */
void greet(Connection connection) throws Exception {
    if (connection.tls().isPresent()) {
        connection.writeLine("250 localhost");
    } else {
        connection.writeLine("250-localhost");
        connection.writeLine("250 STARTTLS");
    }
}

void upgrade(Connection connection, Tls tls) throws Exception {
    if (connection.tls().isPresent()) {
        connection.writeLine("503 TLS is active");
    } else {
        connection.writeLine("220 go ahead");
        connection.startTls(tls); // throws if plaintext has followed the command
    }
}

void converse(Runtime runtime, int port, Tls tls) throws Exception {
    // The host name is remembered: startTls checks that the certificate is for it.
    try (Connection connection = runtime.connect("localhost", port)) {
        connection.lineFormat(CRLF);
        expect(connection, "220");
        send(connection, "EHLO client");
        boolean offered = expect(connection, "250").contains("STARTTLS");
        if (!offered) throw new IOException("the server does not offer TLS");
        send(connection, "STARTTLS");
        expect(connection, "220");
        connection.startTls(tls);
        send(connection, "EHLO client"); // again: anyone could have changed the first answer
        expect(connection, "250");
        send(connection, "QUIT");
        expect(connection, "221");
    }
}

void send(Connection connection, String line) throws Exception {
    System.out.println(protocol(connection) + " client: " + line);
    connection.writeLine(line);
}

/** Reads an answer; all its lines but the last one have a hyphen after the code. */
List<String> expect(Connection connection, String code) throws Exception {
    List<String> answer = new ArrayList<>();
    String line;
    do {
        line = connection.readLine();
        if (line == null) throw new EOFException("the server has closed the connection");
        System.out.println(protocol(connection) + " server: " + line);
        if (!line.startsWith(code)) throw new IOException("expected " + code + ", got " + line);
        answer.add(line.substring(code.length() + 1));
    } while (line.startsWith("-", code.length()));
    return answer;
}

String protocol(Connection connection) {
    return connection.tls().map(session -> session.protocol()).orElse("no TLS ");
}

/** Shows a new certificate for localhost, made by the JDK's keytool, and trusts no other. */
SSLContext newContext() throws Exception {
    Path directory = Files.createTempDirectory("start-tls");
    Path file = directory.resolve("server.p12");
    try {
        makeCertificate(file);
        KeyStore store = KeyStore.getInstance(file.toFile(), PASSWORD);
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    } finally {
        Files.deleteIfExists(file);
        Files.delete(directory);
    }
}

void makeCertificate(Path file) throws IOException, InterruptedException {
    String options = "-genkeypair -keyalg EC -dname CN=localhost -ext san=dns:localhost";
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(options.split(" ")));
    command.addAll(List.of("-keystore", file.toString(), "-storepass", new String(PASSWORD)));
    int exitCode = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (exitCode != 0) throw new IOException("keytool failed with exit code " + exitCode);
}
