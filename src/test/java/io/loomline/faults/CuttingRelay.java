package io.loomline.faults;

import io.loomline.probe.LoopbackAddress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Passes bytes on, for one client at a time, until it ends the connection to the client. */
final class CuttingRelay implements AutoCloseable {
    private final ServerSocket listener;
    private final int target;
    private volatile Socket front;
    private volatile Socket back;

    CuttingRelay(int target) throws IOException {
        this.target = target;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket from = listener.accept();
                Socket to = new Socket(LoopbackAddress.of(0).getAddress(), target);
                front = from;
                back = to;
                Thread.ofPlatform().daemon().start(() -> pass(from, to));
                Thread.ofPlatform().daemon().start(() -> pass(to, from));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private static void pass(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // closed
        }
    }

    /** Ends the output to the client, where a record ends, because both sides are silent. */
    void cut() throws IOException {
        front.shutdownOutput();
        back.close();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
