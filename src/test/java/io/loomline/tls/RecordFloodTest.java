package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.tls.AttackedSession.Victim;

import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

import javax.net.ssl.SSLException;

/** Records that carry no data, from a peer that has completed its handshake. */
class RecordFloodTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int RECORD_BYTES = 16 * 1024;

    /** A victim whose peer may do anything. */
    private record Session(Wire wire, EnginePeer peer, TlsChannel own) implements AutoCloseable {
        static Session open(Victim victim) throws Exception {
            Wire wire = Wire.open();
            var peer = new EnginePeer(wire.first(), victim.peerTls());
            var own = TlsChannel.over(wire.second(), victim.tls(), "localhost");
            var handshake = Call.running(peer::handshake);
            own.handshake(ByteBuffer.allocate(0));
            handshake.result();
            return new Session(wire, peer, own);
        }

        int read() throws Exception {
            return own.tryRead(ByteBuffer.allocate(2 * RECORD_BYTES));
        }

        /** Reads until nothing is left. */
        int readAll() throws Exception {
            int sum = 0;
            for (int moved; (moved = read()) > 0; ) sum += moved;
            return sum;
        }

        @Override
        public void close() {
            own.close();
        }
    }

    private static byte[] keyUpdates(EnginePeer peer, int count) throws Exception {
        var updates = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) updates.writeBytes(peer.sealedHandshake());
        return updates.toByteArray();
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS_1_3_CLIENT", "TLS_1_3_SERVER"})
    void keyUpdatesAreAnswered(Victim victim) throws Exception {
        try (var session = Session.open(victim)) {
            session.peer.sendRaw(keyUpdates(session.peer, 3));
            session.peer.send(new byte[] {1, 2});
            assertEquals(2, session.readAll());
            session.own.tryWrite(ByteBuffer.wrap(new byte[] {7}));
            var answer = ByteBuffer.allocate(2 * RECORD_BYTES);
            while (answer.position() == 0) session.peer.receive(answer);
            assertEquals(7, answer.get(0));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS_1_3_CLIENT", "TLS_1_3_SERVER"})
    void floodOfKeyUpdatesEndsTheConnection(Victim victim) throws Exception {
        try (var session = Session.open(victim)) {
            session.peer.send(new byte[100]);
            session.peer.sendRaw(keyUpdates(session.peer, 300));
            assertEquals(100, session.read());
            var e = assertThrows(SSLException.class, session::readAll);
            assertTrue(e.getMessage().contains("more than 256 TLS records"), e::toString);
            var again = assertThrows(SSLException.class, session::read);
            assertEquals(e.getMessage(), again.getMessage());
            requireAlert(session);
        }
    }

    private static void requireAlert(Session session) {
        var e =
                assertThrows(
                        SSLException.class,
                        () -> {
                            while (true) {
                                session.peer.receive(ByteBuffer.allocate(2 * RECORD_BYTES));
                            }
                        });
        assertTrue(e.getMessage().contains("alert"), e::toString);
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS_1_2_CLIENT", "TLS_1_2_SERVER"})
    void renegotiationIsRefused(Victim victim) throws Exception {
        try (var session = Session.open(victim)) {
            session.peer.send(new byte[100]);
            session.peer.sendRaw(session.peer.sealedHandshake());
            assertEquals(100, session.read());
            var e = assertThrows(SSLException.class, session::read);
            assertTrue(e.getMessage().contains("renegotiation"), e::toString);
            assertThrows(SSLException.class, () -> session.own.tryWrite(ByteBuffer.allocate(1)));
            requireAlert(session);
        }
    }

    @ParameterizedTest
    @EnumSource
    void recordThatIsTooLongIsRefusedByItsHeader(Victim victim) throws Exception {
        try (var session = Session.open(victim)) {
            session.peer.send(new byte[100]);
            session.peer.sendRaw(new byte[] {23, 3, 3, (byte) 0x80, 0});
            assertEquals(100, session.read());
            var e = assertThrows(SSLException.class, session::read);
            assertTrue(e.getMessage().contains("32773 bytes"), e::toString);
            requireAlert(session);
        }
    }
}
