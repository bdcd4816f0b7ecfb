import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Echoes lines, badly: a load that does not fail on each of these faults proves nothing. Argument: the
 * fault, after "tls-" if it is to show over TLS.
 */
public class WrongServer {
    public static void main(String[] args) throws Exception {
        var server = new ServerSocket(0, 4096, InetAddress.getLoopbackAddress());
        System.out.println("ready " + server.getLocalPort());
        boolean secure = args[0].startsWith("tls-");
        String fault = secure ? args[0].substring("tls-".length()) : args[0];
        SSLContext tls = secure ? tls() : null;
        Thread.ofPlatform().daemon().start(() -> accept(server, fault, tls));
        System.in.read();
        System.exit(0);
    }

    static SSLContext tls() throws Exception {
        char[] password = "benchmark".toCharArray();
        var store = KeyStore.getInstance("PKCS12");
        try (var bytes = Files.newInputStream(Path.of("target/bench/tls.p12"))) {
            store.load(bytes, password);
        }
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, password);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    static void accept(ServerSocket server, String fault, SSLContext tls) {
        try {
            while (true) {
                Socket socket = server.accept();
                Thread.startVirtualThread(() -> serve(socket, fault, tls));
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static void serve(Socket socket, String fault, SSLContext tls) {
        if (tls == null) {
            echo(socket, fault);
            return;
        }
        try {
            var factory = (fault.equals("forget") ? tls() : tls).getSocketFactory(); // a new context has no sessions
            var secure = (SSLSocket) factory.createSocket(socket, null, true);
            secure.setEnabledCipherSuites(new String[] {"TLS_AES_128_GCM_SHA256"});
            echo(secure, fault);
        } catch (Exception e) {
            e.printStackTrace();
        }
    }

    static void echo(Socket socket, String fault) {
        try (socket) {
            byte[] bytes = new byte[65_536 + 1];
            for (long n = 0; ; n++) {
                int got = socket.getInputStream().read(bytes, 0, bytes.length - 1);
                if (got < 0) break;
                boolean now = n == 100;
                if (now && fault.equals("stray")) socket.getOutputStream().write("stray\n".getBytes());
                if (now && fault.equals("flip")) bytes[got / 2] ^= 1;
                if (now && fault.equals("short")) got--;
                if (now && fault.equals("long")) bytes[got++] = '\n';
                if (now && fault.equals("end")) break;
                if (now && fault.equals("swap")) bytes[0] ^= 1; // another connection's answer
                if (now && fault.equals("mute")) continue;
                socket.getOutputStream().write(bytes, 0, got);
            }
            if (fault.equals("tail")) socket.getOutputStream().write('\n');
        } catch (java.io.IOException e) {
            // the load has seen enough
        }
    }
}
