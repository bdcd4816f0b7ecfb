package loomline.bench;

import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLSession;

/** TLS on a non-blocking channel, driven by the load's one thread, whose buffers all share. */
final class TlsWire implements Wire {
    /** More than the largest record. */
    private static final int RECORD_BYTES = 18 * 1024;

    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);
    private static final ByteBuffer CAME = Load.direct(128 * 1024);
    private static final ByteBuffer SEALED = Load.direct(256 * 1024);
    private static final ByteBuffer STRAY = Load.direct(256 * 1024);

    private final SocketChannel channel;
    private final SSLEngine engine;
    private ByteBuffer partial = NOTHING; // the start of a record
    private ByteBuffer unsent = NOTHING; // records that the channel has not taken
    private boolean hasHello;
    private boolean resumed;
    private boolean established;
    private boolean ended; // by the server's close_notify
    private boolean shut;

    TlsWire(SocketChannel channel, SSLEngine engine) throws IOException {
        this.channel = channel;
        this.engine = engine;
        engine.beginHandshake();
        open(NOTHING, NOTHING);
    }

    @Override
    public SocketChannel channel() {
        return channel;
    }

    @Override
    public boolean isResumed() {
        return resumed;
    }

    @Override
    public int interest(boolean hasMore) {
        boolean writes = unsent.hasRemaining() || established && hasMore;
        return writes ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
    }

    /** Reads no more at a time than fits into the target: nothing opened ever waits here. */
    @Override
    public int read(ByteBuffer target) throws IOException {
        CAME.clear().put(partial);
        partial.position(0).limit(0);
        CAME.limit(Math.min(CAME.capacity(), target.remaining() - RECORD_BYTES));
        int got = channel.read(CAME);
        int before = target.position();
        open(CAME.flip(), target);
        keepPartial();
        int opened = target.position() - before;
        return opened == 0 && (got < 0 || ended) ? -1 : opened;
    }

    private void keepPartial() {
        if (!CAME.hasRemaining()) return;
        if (partial == NOTHING) partial = Load.direct(RECORD_BYTES);
        partial.clear().put(CAME).flip();
    }

    /** Passes what came to the engine, and sends what that answers. */
    private void open(ByteBuffer came, ByteBuffer target) throws IOException {
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> engine.getDelegatedTask().run();
                case NEED_WRAP -> {
                    if (!sealControl()) return;
                }
                default -> {
                    if (engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) establish();
                    if (!came.hasRemaining() || !unwrap(came, target)) return;
                }
            }
        }
    }

    private boolean unwrap(ByteBuffer came, ByteBuffer target) throws IOException {
        if (!hasHello) readHello(came);
        SSLEngineResult result = engine.unwrap(came, target);
        if (result.getStatus() == Status.BUFFER_OVERFLOW) throw new IOException("no room for a record");
        ended |= result.getStatus() == Status.CLOSED;
        return result.getStatus() == Status.OK;
    }

    private boolean sealControl() throws IOException {
        SSLEngineResult result = engine.wrap(NOTHING, SEALED.clear());
        send(SEALED.flip());
        return result.bytesProduced() > 0;
    }

    private void establish() throws IOException {
        if (established) return;
        established = true;
        SSLSession session = engine.getSession();
        String negotiated = session.getProtocol() + " " + session.getCipherSuite();
        if (!negotiated.equals(TlsClient.PROTOCOL + " " + TlsClient.CIPHER)) throw new IOException(negotiated);
        if (!hasHello) throw new IOException("a handshake without the server's hello");
    }

    /**
     * Tells a resumed handshake from a full one by what the server has sent, not by what an engine says.
     * RFC 8446, section 4.1.3: the extensions of a ServerHello; 41 is pre_shared_key.
     */
    private void readHello(ByteBuffer came) throws IOException {
        int at = came.position();
        if (came.remaining() < 5 || came.remaining() < 5 + unsigned16(came, at + 3)) return;
        if (came.get(at) != 22 || came.get(at + 5) != 2) return; // an alert, which the engine reports
        int random = at + 5 + 4 + 2;
        if ((came.get(random) & 0xff) == 0xcf && (came.get(random + 1) & 0xff) == 0x21
                && (came.get(random + 2) & 0xff) == 0xad && (came.get(random + 3) & 0xff) == 0x74) {
            throw new IOException("HelloRetryRequest: the servers' handshakes would not be alike");
        }
        int extensions = random + 32 + 1 + came.get(random + 32) + 2 + 1;
        int end = extensions + 2 + unsigned16(came, extensions);
        for (int i = extensions + 2; i < end; i += 4 + unsigned16(came, i + 2)) {
            resumed |= unsigned16(came, i) == 41;
        }
        hasHello = true;
    }

    /** The buffers have the byte order of the machine, TLS that of the network. */
    private static int unsigned16(ByteBuffer bytes, int at) {
        return (bytes.get(at) & 0xff) << 8 | bytes.get(at + 1) & 0xff;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        if (unsent.hasRemaining()) channel.write(unsent);
        int before = source.position();
        while (established && source.hasRemaining() && !unsent.hasRemaining()) {
            SEALED.clear();
            while (source.hasRemaining() && SEALED.remaining() >= RECORD_BYTES) {
                SSLEngineResult result = engine.wrap(source, SEALED);
                if (result.getStatus() != Status.OK) throw new IOException("not sealed: " + result);
            }
            send(SEALED.flip());
        }
        return source.position() - before;
    }

    private void send(ByteBuffer records) throws IOException {
        if (!unsent.hasRemaining()) channel.write(records);
        if (!records.hasRemaining()) return;
        var all = Load.direct(unsent.remaining() + records.remaining());
        unsent = all.put(unsent).put(records).flip();
    }

    @Override
    public void shutdownOutput() throws IOException {
        if (shut) return;
        shut = true;
        engine.closeOutbound();
        while (!engine.isOutboundDone() && sealControl()) {}
        if (unsent.hasRemaining()) throw new IOException("the server does not read");
        channel.shutdownOutput();
    }

    /** A server that ends without close_notify is accepted: none of the scenarios depends on it. */
    @Override
    public void finish() throws IOException {
        shutdownOutput();
        channel.configureBlocking(true);
        channel.socket().setSoTimeout(Load.STALL_MILLIS);
        byte[] bytes = new byte[32 * 1024];
        try {
            for (int got; (got = channel.socket().getInputStream().read(bytes)) >= 0; ) {
                CAME.clear().put(partial).put(bytes, 0, got).flip();
                partial.position(0).limit(0);
                open(CAME, STRAY.clear());
                keepPartial();
                if (STRAY.position() > 0) throw new IOException("stray bytes after the last answer");
            }
        } finally {
            close();
        }
    }

    @Override
    public void close() throws IOException {
        if (!channel.isOpen()) return;
        channel.close();
        ReferenceCountUtil.release(engine); // BoringSSL's memory
    }
}
