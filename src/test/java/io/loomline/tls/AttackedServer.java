package io.loomline.tls;

import io.loomline.Runtime;
import io.loomline.probe.Eventually;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.tls.keys.TestCertificates;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLContext;

/** A server with TLS, and strangers who come to it. */
public final class AttackedServer implements AutoCloseable {
    /** Ends a test whose server does not close the connection. */
    private static final int READ_TIMEOUT_MILLIS = 20_000;

    /** The JDK keeps 20,480 otherwise, which would look like a leak. */
    private static final int SESSIONS = 100;

    private static final Tls SERVER = Tls.server(serverContext());
    private static final Tls STRANGER =
            Tls.client(TestCertificates.untrustedCa().trustingContext())
                    .withServerName("localhost");

    private static final byte[] PLAINTEXT =
            "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] HALF_A_HELLO = ClientHello.firstHalf();

    /** What a stranger does instead of a handshake. */
    public enum Kind {
        PLAINTEXT_REQUEST {
            @Override
            public void come(AttackedServer server, Random random) throws Exception {
                server.send(PLAINTEXT);
            }
        },
        GARBAGE {
            @Override
            public void come(AttackedServer server, Random random) throws Exception {
                server.send(Garbage.bytes(random));
            }
        },
        HELLO_CUT {
            @Override
            public void come(AttackedServer server, Random random) throws Exception {
                server.send(HALF_A_HELLO);
            }
        },
        HELLO_RESET {
            @Override
            public void come(AttackedServer server, Random random) throws Exception {
                server.sendAndReset(HALF_A_HELLO);
            }
        },
        LEAVE {
            @Override
            public void come(AttackedServer server, Random random) throws Exception {
                server.connect().close();
            }
        },
        RESET {
            @Override
            public void come(AttackedServer server, Random random) throws Exception {
                server.sendAndReset(Garbage.bytes(random));
            }
        },
        WRONG_AUTHORITY {
            @Override
            public void come(AttackedServer server, Random random) throws Exception {
                server.refuseTheCertificate();
            }
        };

        /** Returns when the stranger has left. */
        public abstract void come(AttackedServer server, Random random) throws Exception;
    }

    private final Runtime runtime = Runtime.open();
    private final AtomicInteger handled = new AtomicInteger();
    private final Server server;

    private AttackedServer(Duration handshakeTimeout) throws IOException {
        server =
                runtime.listen(
                        LoopbackAddress.of(0),
                        ServerOptions.DEFAULT.withTls(
                                SERVER.withHandshakeTimeout(handshakeTimeout)),
                        connection -> {
                            handled.incrementAndGet();
                            connection.readAll(1);
                        });
    }

    private static SSLContext serverContext() {
        SSLContext context = TestCertificates.server("localhost").serverContext();
        context.getServerSessionContext().setSessionCacheSize(SESSIONS);
        return context;
    }

    public static AttackedServer open() throws IOException {
        return open(SERVER.handshakeTimeout());
    }

    public static AttackedServer open(Duration handshakeTimeout) throws IOException {
        return new AttackedServer(handshakeTimeout);
    }

    /** How many connections have reached the handler. */
    public int handled() {
        return handled.get();
    }

    private InetSocketAddress address() {
        return LoopbackAddress.of(server.port());
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(address().getAddress(), server.port());
        socket.setSoTimeout(READ_TIMEOUT_MILLIS);
        return socket;
    }

    /** Sends the bytes and returns what the server answers, until it has closed the connection. */
    public byte[] send(byte[] bytes) throws IOException {
        var answer = new ByteArrayOutputStream();
        try (Socket socket = connect()) {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            socket.getInputStream().transferTo(answer);
        } catch (java.net.SocketException e) {
            // the server has closed it before it has read everything
        }
        return answer.toByteArray();
    }

    private void sendAndReset(byte[] bytes) throws IOException {
        try (Socket socket = connect()) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream().write(bytes);
        }
    }

    /** Sends nothing, and waits until the server closes the connection. */
    public void keepSilent() throws IOException {
        try (Socket socket = connect()) {
            int answered = socket.getInputStream().readAllBytes().length;
            if (answered > 0) throw new IOException("an answer of " + answered + " bytes");
        }
    }

    /** In TLS 1.3, the server has completed its handshake by the time of the refusal. */
    private void refuseTheCertificate() throws Exception {
        try (var connection = runtime.connect("localhost", server.port())) {
            connection.startTls(STRANGER);
            throw new AssertionError("the certificate was accepted");
        } catch (javax.net.ssl.SSLException e) {
            // as expected
        }
    }

    public void awaitNoConnection() throws InterruptedException {
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    @Override
    public void close() {
        runtime.close();
    }
}
