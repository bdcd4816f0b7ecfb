import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/**
 * A virtual thread for each connection over the JDK's blocking calls, without a library: bytes are read
 * into an array, lines found and answered as bytes, never made into text; answers leave together when
 * the input is used up. Arguments: socket or channel, service.
 */
public class BareServer {
    /** A blocking connection of either kind. */
    interface Link extends AutoCloseable {
        int read(byte[] bytes, int offset, int length) throws IOException;

        void write(byte[] bytes, int offset, int length) throws IOException;

        @Override
        void close() throws IOException;
    }

    interface Listener {
        Link accept() throws IOException;
    }

    interface Service {
        void serve(Link link) throws IOException;
    }

    public static void main(String[] args) throws Exception {
        Service service = switch (args[1]) {
            case "line", "idle" -> BareServer::lines;
            default -> throw new IllegalArgumentException(args[1]);
        };
        Listener listener = args[0].equals("socket") ? sockets() : channels();
        Thread.ofPlatform().daemon().start(() -> accept(listener, service));
        System.in.read();
        System.exit(0);
    }

    static void accept(Listener listener, Service service) {
        try {
            while (true) {
                Link link = listener.accept();
                Thread.startVirtualThread(() -> {
                    try (link) {
                        service.serve(link);
                    } catch (IOException e) {
                        // the peer has gone
                    }
                });
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static void lines(Link link) throws IOException {
        byte[] in = new byte[4096];
        byte[] out = new byte[4096];
        int filled = 0;
        for (int got; (got = link.read(in, filled, in.length - filled)) >= 0; ) {
            int waiting = 0;
            int start = 0;
            for (int i = filled, end = filled + got; i < end; i++) {
                if (in[i] != '\n') continue;
                int length = i + 1 - start;
                if (waiting + length > out.length) out = Arrays.copyOf(out, waiting + length);
                System.arraycopy(in, start, out, waiting, length);
                waiting += length;
                start = i + 1;
            }
            filled += got - start;
            System.arraycopy(in, start, in, 0, filled);
            if (filled == in.length) in = Arrays.copyOf(in, filled * 2);
            if (waiting > 0) link.write(out, 0, waiting);
        }
    }

    static Listener sockets() throws IOException {
        var server = new ServerSocket(0, 4096, InetAddress.getLoopbackAddress());
        System.out.println("ready " + server.getLocalPort());
        return () -> link(server.accept());
    }

    static Link link(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        var in = socket.getInputStream();
        var out = socket.getOutputStream();
        return new Link() {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return in.read(bytes, offset, length);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
            }

            @Override
            public void close() throws IOException {
                socket.close();
            }
        };
    }

    static Listener channels() throws IOException {
        var server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096);
        System.out.println("ready " + server.socket().getLocalPort());
        return () -> link(server.accept());
    }

    static Link link(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return new Link() {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return channel.read(ByteBuffer.wrap(bytes, offset, length));
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                for (var buffer = ByteBuffer.wrap(bytes, offset, length); buffer.hasRemaining(); ) channel.write(buffer);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }
}
