package loomline.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/** The servers' certificate: ECDSA on P-256, made by the JDK's keytool, in the files that the servers read. */
final class Certificate {
    private static final Path STORE = Peers.BUILD.resolve("tls.p12");
    private static final Path CHAIN = Peers.BUILD.resolve("tls-chain.pem");
    private static final Path KEY = Peers.BUILD.resolve("tls-key.pem");
    private static final String PASSWORD = "benchmark";

    private Certificate() {}

    static void make() throws IOException, InterruptedException, GeneralSecurityException {
        Files.deleteIfExists(STORE);
        var process = new ProcessBuilder(Path.of(Peers.JAVA).resolveSibling("keytool").toString(),
                "-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-sigalg", "SHA256withECDSA",
                "-alias", "bench", "-dname", "CN=localhost", "-ext", "san=dns:localhost", "-validity", "30",
                "-storetype", "PKCS12", "-keystore", STORE.toString(), "-storepass", PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(Peers.BUILD.resolve("keytool.log").toFile())
                .start();
        if (process.waitFor() != 0) throw new IOException("keytool failed: see " + Peers.BUILD + "/keytool.log");
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream bytes = Files.newInputStream(STORE)) {
            store.load(bytes, PASSWORD.toCharArray());
        }
        write(CHAIN, "CERTIFICATE", store.getCertificate("bench").getEncoded());
        write(KEY, "PRIVATE KEY", store.getKey("bench", PASSWORD.toCharArray()).getEncoded());
    }

    private static void write(Path file, String type, byte[] der) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(file, "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
    }
}
