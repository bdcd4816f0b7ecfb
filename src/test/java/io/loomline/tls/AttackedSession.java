package io.loomline.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.probe.Call;
import io.loomline.tls.keys.TestCertificates;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

import javax.net.ssl.SSLException;

/**
 * A session between a victim and a peer, which sends it {@link #DATA} and ends. What it sends
 * passes an attacker.
 */
final class AttackedSession {
    static final int LINES = 5;

    /** The length of no other record. */
    static final int LINE_BYTES = 301;

    static final byte[] DATA = data();

    private static final String HOST = "localhost";
    private static final Tls SERVER = Tls.server(TestCertificates.server(HOST).serverContext());
    private static final Tls CLIENT = Tls.client(TestCertificates.clientContext());

    /** The version, and which side is attacked. */
    enum Victim {
        TLS_1_3_CLIENT("TLSv1.3", true),
        TLS_1_3_SERVER("TLSv1.3", false),
        TLS_1_2_CLIENT("TLSv1.2", true),
        TLS_1_2_SERVER("TLSv1.2", false);

        final String protocol;
        final boolean isClient;

        Victim(String protocol, boolean isClient) {
            this.protocol = protocol;
            this.isClient = isClient;
        }

        Tls tls() {
            return (isClient ? CLIENT : SERVER).withProtocols(List.of(protocol));
        }

        Tls peerTls() {
            return (isClient ? SERVER : CLIENT).withProtocols(List.of(protocol));
        }
    }

    /**
     * How it ended for the victim.
     *
     * @param established whether its handshake was complete
     * @param text what it has read
     * @param failure null for a clean end
     */
    record Outcome(boolean established, String text, Throwable failure) {
        byte[] data() {
            return text.getBytes(ISO_8859_1);
        }

        boolean isTruncation() {
            return failure instanceof TlsTruncationException;
        }

        @Override
        public String toString() {
            return "%d bytes, then %s"
                    .formatted(text.length(), failure == null ? "the end" : failure);
        }
    }

    private AttackedSession() {}

    private static byte[] data() {
        byte[] data = new byte[LINES * LINE_BYTES];
        for (int i = 0; i < data.length; i++) data[i] = (byte) ('a' + i % 23);
        return data;
    }

    static Outcome run(Victim victim, Wire.Attacker attacker) throws Exception {
        return run(victim, victim.tls(), attacker);
    }

    static Outcome run(Victim victim, Tls tls, Wire.Attacker attacker) throws Exception {
        Wire wire = Wire.open().withFirst(attacker);
        var peer = TlsChannel.over(wire.first(), victim.peerTls(), HOST);
        var own = TlsChannel.over(wire.second(), tls, HOST);
        var sending = Call.running(() -> send(peer));
        try {
            return read(own);
        } finally {
            own.close();
            sending.awaitEnd();
            peer.close();
        }
    }

    private static void send(TlsChannel peer) throws Exception {
        try {
            peer.handshake(ByteBuffer.allocate(0));
            for (int at = 0; at < DATA.length; at += LINE_BYTES) {
                peer.tryWrite(ByteBuffer.wrap(DATA, at, LINE_BYTES));
            }
            peer.shutdownOutput();
            read(peer, new ByteArrayOutputStream());
        } catch (IOException e) {
            peer.abort(); // the attacker, or the victim has had enough
        }
    }

    private static Outcome read(TlsChannel own) throws InterruptedException {
        var data = new ByteArrayOutputStream();
        boolean established = false;
        try {
            own.handshake(ByteBuffer.allocate(0));
            established = true;
            read(own, data);
            return new Outcome(true, data.toString(ISO_8859_1), null);
        } catch (IOException e) {
            return new Outcome(established, data.toString(ISO_8859_1), e);
        }
    }

    private static void read(TlsChannel channel, ByteArrayOutputStream data)
            throws IOException, InterruptedException {
        var target = ByteBuffer.allocate(2 * LINE_BYTES);
        while (true) {
            int moved;
            try {
                moved = channel.tryRead(target.clear());
            } catch (SSLException e) {
                requireNothingMoved(target);
                throw e;
            }
            if (moved < 0) return;
            data.write(target.array(), 0, moved);
            if (moved == 0) channel.awaitReadable();
        }
    }

    /** A caller drops what a failed read has put into its buffer. */
    private static void requireNothingMoved(ByteBuffer target) {
        if (target.position() == 0) return;
        throw new AssertionError("a failed read has taken " + target.position() + " bytes");
    }
}
