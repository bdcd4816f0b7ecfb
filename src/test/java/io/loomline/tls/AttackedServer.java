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
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** A server with TLS, and strangers who come to it. */
public final class AttackedServer implements AutoCloseable {
    /** Ends a test whose server does not close the connection. */
    private static final int READ_TIMEOUT_MILLIS = 20_000;

    private static final Tls SERVER =
            Tls.server(TestCertificates.server("localhost").serverContext());
    private static final Tls STRANGER =
            Tls.client(TestCertificates.untrustedCa().trustingContext())
                    .withServerName("localhost");

    /** What a stranger does instead of a handshake. */
    enum Kind {
        GARBAGE {
            @Override
            void come(AttackedServer server, Random random) throws Exception {
                server.send(Garbage.bytes(random));
            }
        },
        HELLO_CUT {
            @Override
            void come(AttackedServer server, Random random) throws Exception {
                server.send(new byte[] {22, 3, 1, 1, 0, 1, 0, 0, (byte) 252, 3, 3});
            }
        },
        LEAVE {
            @Override
            void come(AttackedServer server, Random random) throws Exception {
                server.connect().close();
            }
        },
        RESET {
            @Override
            void come(AttackedServer server, Random random) throws Exception {
                try (Socket socket = server.connect()) {
                    socket.setSoLinger(true, 0);
                    socket.getOutputStream().write(Garbage.bytes(random));
                }
            }
        },
        WRONG_AUTHORITY {
            @Override
            void come(AttackedServer server, Random random) throws Exception {
                server.refuseTheCertificate();
            }
        };

        abstract void come(AttackedServer server, Random random) throws Exception;
    }

    private final Runtime runtime = Runtime.open();
    private final AtomicInteger handled = new AtomicInteger();
    private final Server server;

    private AttackedServer() throws IOException {
        server =
                runtime.listen(
                        LoopbackAddress.of(0),
                        ServerOptions.DEFAULT.withTls(SERVER),
                        connection -> {
                            handled.incrementAndGet();
                            connection.readAll(1);
                        });
    }

    public static AttackedServer open() throws IOException {
        return new AttackedServer();
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
