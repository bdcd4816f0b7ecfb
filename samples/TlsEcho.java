import io.loomline.Runtime;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.tls.Tls;
import io.loomline.tls.TlsSession;

// An echo server with TLS and its client, and what the two have negotiated. The JDK's keytool makes
// a new certificate at each start.
//
//   mvn -q -Dsample=TlsEcho
//   mvn -q -Dsample=TlsEcho -Dargs=7443      serves until Ctrl-C, for example openssl s_client

static final char[] PASSWORD = "changeit".toCharArray();

void main(String[] arguments) throws Exception {
    Runtime.run(runtime -> {
        Path directory = Files.createTempDirectory("tls-echo");
        Path keyStore = directory.resolve("server.p12");
        Path certificate = directory.resolve("server.pem");
        try {
            makeCertificate(keyStore, certificate);
            if (arguments.length == 0) demonstrate(runtime, keyStore, certificate);
            else serve(runtime, Integer.parseInt(arguments[0]), keyStore, certificate);
        } finally {
            Files.deleteIfExists(certificate);
            Files.deleteIfExists(keyStore);
            Files.delete(directory);
        }
    });
}

void demonstrate(Runtime runtime, Path keyStore, Path certificate) throws Exception {
    Server server = listen(runtime, 0, keyStore);
    Tls tls = Tls.client().withTrustedCertificates(certificate);
    var options = ConnectOptions.DEFAULT.withTls(tls);
    // The client checks that the certificate is for this host: 127.0.0.1 would be refused.
    try (Connection connection = runtime.connect("localhost", server.port(), options)) {
        show("client", connection);
        for (String line : List.of("Nobody on the path", "can read this")) {
            connection.writeLine(line);
            System.out.println("client: echo of '" + connection.readLine() + "'");
        }
    }
}

void serve(Runtime runtime, int port, Path keyStore, Path certificate) throws Exception {
    Server server = listen(runtime, port, keyStore);
    System.out.println("listening; Ctrl-C stops. To talk to it from another terminal:");
    System.out.printf(
            "openssl s_client -connect localhost:%d -CAfile %s%n", server.port(), certificate);
    server.await();
}

Server listen(Runtime runtime, int port, Path keyStore) throws Exception {
    // With PEM files, as certificate authorities issue them: Tls.server(certificates, key)
    Tls tls = Tls.server(context(keyStore));
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return runtime.listen(address, ServerOptions.DEFAULT.withTls(tls), this::echo);
}

/** Starts when the handshake is complete. */
void echo(Connection connection) throws Exception {
    show("server", connection);
    String line;
    while ((line = connection.readLine()) != null) connection.writeLine(line);
}

void show(String side, Connection connection) {
    TlsSession session = connection.tls().orElseThrow();
    System.out.printf(
            "%s: %s, %s, host %s%n",
            side,
            session.protocol(),
            session.cipherSuite(),
            session.serverName().orElse("not named"));
    for (var peer : session.peerCertificates()) {
        System.out.printf(
                "%s: certificate of %s, valid until %s%n",
                side, peer.getSubjectX500Principal(), peer.getNotAfter().toInstant());
    }
}

/** Makes a key and a certificate for localhost, and a copy of the certificate for clients. */
void makeCertificate(Path keyStore, Path certificate) throws Exception {
    keytool(keyStore, "-genkeypair -keyalg EC -dname CN=localhost -ext san=dns:localhost");
    keytool(keyStore, "-exportcert -rfc -file " + certificate);
}

void keytool(Path keyStore, String options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(options.split(" ")));
    command.addAll(List.of("-keystore", keyStore.toString(), "-storepass", new String(PASSWORD)));
    int exitCode = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (exitCode != 0) throw new IOException("keytool failed with exit code " + exitCode);
}

SSLContext context(Path keyStore) throws Exception {
    KeyStore store = KeyStore.getInstance(keyStore.toFile(), PASSWORD);
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
}
