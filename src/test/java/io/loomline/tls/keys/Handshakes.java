package io.loomline.tls.keys;

import java.nio.ByteBuffer;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** Handshakes between two engines in memory. */
final class Handshakes {
    private static final int MOST_ROUNDS = 100;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private Handshakes() {}

    /**
     * Runs a handshake until neither side has anything more to say.
     *
     * @throws SSLException if one side rejects the other
     */
    static void run(SSLEngine client, SSLEngine server) throws SSLException {
        ByteBuffer toServer = ByteBuffer.allocate(1 << 16);
        ByteBuffer toClient = ByteBuffer.allocate(1 << 16);
        client.setUseClientMode(true);
        server.setUseClientMode(false);
        client.beginHandshake();
        server.beginHandshake();
        for (int i = 0; i < MOST_ROUNDS; i++) {
            boolean moved = send(client, toServer);
            moved |= receive(server, toServer);
            moved |= send(server, toClient);
            moved |= receive(client, toClient);
            if (!moved) return;
        }
        throw new AssertionError("the handshake does not end");
    }

    private static boolean send(SSLEngine from, ByteBuffer wire) throws SSLException {
        boolean moved = false;
        while (from.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            SSLEngineResult result = from.wrap(NOTHING, wire);
            runTasks(from);
            if (result.bytesProduced() == 0) break;
            moved = true;
        }
        return moved;
    }

    private static boolean receive(SSLEngine to, ByteBuffer wire) throws SSLException {
        wire.flip();
        ByteBuffer plain = ByteBuffer.allocate(1 << 16);
        boolean moved = false;
        while (wire.hasRemaining()) {
            SSLEngineResult result = to.unwrap(wire, plain);
            runTasks(to);
            if (result.bytesConsumed() == 0) break;
            moved = true;
        }
        wire.compact();
        return moved;
    }

    private static void runTasks(SSLEngine engine) {
        for (Runnable task; (task = engine.getDelegatedTask()) != null; ) task.run();
    }
}
