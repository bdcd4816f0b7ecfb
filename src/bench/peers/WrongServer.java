import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Echoes lines, badly: a load that does not fail on each of these faults proves nothing. Argument: the fault. */
public class WrongServer {
    public static void main(String[] args) throws Exception {
        var server = new ServerSocket(0, 4096, InetAddress.getLoopbackAddress());
        System.out.println("ready " + server.getLocalPort());
        Thread.ofPlatform().daemon().start(() -> accept(server, args[0]));
        System.in.read();
        System.exit(0);
    }

    static void accept(ServerSocket server, String fault) {
        try {
            while (true) {
                Socket socket = server.accept();
                Thread.startVirtualThread(() -> echo(socket, fault));
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
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
