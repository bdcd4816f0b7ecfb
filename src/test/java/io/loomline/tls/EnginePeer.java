package io.loomline.tls;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.nio.ByteBuffer;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** A peer that works with the engine itself, and may send any record at any time. */
final class EnginePeer {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Channel channel;
    final SSLEngine engine;
    private final ByteBuffer input = ByteBuffer.allocate(64 * 1024).limit(0);

    EnginePeer(Channel channel, Tls tls) throws IOException {
        this.channel = channel;
        this.engine = tls.engine(tls.peerName("localhost"), -1);
    }

    void handshake() throws Exception {
        engine.beginHandshake();
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_WRAP -> send(NOTHING);
                case NEED_TASK -> runTasks();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> receive(ByteBuffer.allocate(32 * 1024));
                case NOT_HANDSHAKING, FINISHED -> {
                    return;
                }
            }
        }
    }

    private void runTasks() {
        for (Runnable task; (task = engine.getDelegatedTask()) != null; ) task.run();
    }

    /** Seals one record with the bytes, or with what the engine has to say. */
    byte[] seal(byte[] bytes) throws SSLException {
        return seal(ByteBuffer.wrap(bytes));
    }

    private byte[] seal(ByteBuffer bytes) throws SSLException {
        var record = ByteBuffer.allocate(64 * 1024);
        engine.wrap(bytes, record);
        byte[] sealed = new byte[record.flip().remaining()];
        record.get(sealed);
        return sealed;
    }

    private void send(ByteBuffer bytes) throws Exception {
        sendRaw(seal(bytes));
    }

    void send(byte[] bytes) throws Exception {
        send(ByteBuffer.wrap(bytes));
    }

    /** In TLS 1.3, a key update that asks for one in return. In TLS 1.2, a renegotiation. */
    byte[] sealedHandshake() throws SSLException {
        engine.beginHandshake();
        return engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                ? seal(NOTHING)
                : new byte[0];
    }

    void sendRaw(byte[] bytes) throws IOException, InterruptedException {
        var source = ByteBuffer.wrap(bytes);
        while (source.hasRemaining()) {
            if (channel.tryWrite(source) == 0) channel.awaitWritable();
        }
    }

    /** Reads one record into the target. */
    void receive(ByteBuffer target) throws Exception {
        while (true) {
            var result = engine.unwrap(input, target);
            if (result.bytesConsumed() > 0) return;
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) return;
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) return;
            input.compact();
            int moved = channel.tryRead(input);
            input.flip();
            if (moved < 0) throw new IOException("the end");
            if (moved == 0) channel.awaitReadable();
        }
    }
}
