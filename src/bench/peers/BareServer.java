import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A virtual thread for each connection over the JDK's blocking calls, without a library: bytes are read
 * into an array, lines found and answered as bytes, never made into text; answers leave together when
 * the input is used up. Arguments: socket or channel, service.
 */
public class BareServer {
    static final int STREAM_BYTES = 256 * 1024;
    static final Set<Link> MEMBERS = ConcurrentHashMap.newKeySet();

    /** A blocking connection of either kind. */
    interface Link extends AutoCloseable {
        int read(byte[] bytes, int offset, int length) throws IOException;

        void write(byte[] bytes, int offset, int length) throws IOException;

        void send(FileChannel file) throws IOException;

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
            case "sink" -> BareServer::sink;
            case "echo" -> BareServer::echo;
            case "file" -> BareServer::file;
            case "broadcast" -> BareServer::broadcast;
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

    static void sink(Link link) throws IOException {
        byte[] bytes = new byte[STREAM_BYTES];
        long total = 0;
        for (int got; (got = link.read(bytes, 0, bytes.length)) >= 0; ) total += got;
        byte[] count = (total + "\n").getBytes();
        link.write(count, 0, count.length);
    }

    static void echo(Link link) throws IOException {
        byte[] bytes = new byte[STREAM_BYTES];
        for (int got; (got = link.read(bytes, 0, bytes.length)) >= 0; ) link.write(bytes, 0, got);
    }

    /** The requests are all alike, and so short that they come whole. */
    static void file(Link link) throws IOException {
        byte[] request = new byte[64];
        try (var file = FileChannel.open(Path.of("target/bench/file.bin"))) {
            while (link.read(request, 0, request.length) > 0) link.send(file);
        }
    }

    static void broadcast(Link link) throws IOException {
        MEMBERS.add(link);
        try {
            link.write(new byte[] {'\n'}, 0, 1);
            byte[] bytes = new byte[4096];
            for (int got; (got = link.read(bytes, 0, bytes.length)) >= 0; ) {
                for (Link member : MEMBERS) member.write(bytes, 0, got);
            }
        } finally {
            MEMBERS.remove(link);
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
            public void send(FileChannel file) throws IOException {
                Channels.newInputStream(file.position(0)).transferTo(out);
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
                var buffer = ByteBuffer.wrap(bytes, offset, length);
                while (buffer.hasRemaining()) channel.write(buffer);
            }

            @Override
            public void send(FileChannel file) throws IOException {
                for (long at = 0; at < file.size(); ) at += file.transferTo(at, file.size() - at, channel);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }
}
