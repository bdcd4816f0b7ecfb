package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.tls.AttackedSession.Victim;

import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** What a connection holds while it waits. */
class RecordMemoryTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int PART_BYTES = 100;

    /** The capacity of the record buffers that the channel holds. */
    private static int heldBytes(TlsChannel channel) throws Exception {
        Object reader = field(channel, "reader");
        Object writer = field(channel, "writer");
        return capacity(field(field(reader, "input"), "unopened"))
                + capacity(field(reader, "plain"))
                + capacity(field(writer, "owed"));
    }

    private static Object field(Object owner, String name) throws Exception {
        Field field = owner.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(owner);
    }

    private static int capacity(Object buffer) {
        return buffer == null ? 0 : ((ByteBuffer) buffer).capacity();
    }

    @ParameterizedTest
    @EnumSource
    void idleConnectionHoldsNoBuffer(Victim victim) throws Exception {
        Wire wire = Wire.open();
        var peer = new EnginePeer(wire.first(), victim.peerTls());
        var own = TlsChannel.over(wire.second(), victim.tls(), "localhost");
        var handshake = Call.running(peer::handshake);
        own.handshake(ByteBuffer.allocate(0));
        handshake.result();
        var target = ByteBuffer.allocate(10);
        while (own.tryRead(target) > 0) {} // session tickets
        requireHeldWhileWaiting(own, 0);

        byte[] record = peer.seal(new byte[20]);
        peer.sendRaw(Arrays.copyOf(record, 2));
        assertEquals(0, own.tryRead(target));
        requireHeldWhileWaiting(own, 2);

        peer.sendRaw(Arrays.copyOfRange(record, 2, record.length));
        assertEquals(10, own.tryRead(target));
        assertEquals(10, own.tryRead(target.clear()));
        assertEquals(0, own.tryRead(target.clear()));
        requireHeldWhileWaiting(own, 0);

        byte[] large = peer.seal(new byte[16_384]);
        peer.sendRaw(Arrays.copyOf(large, PART_BYTES));
        assertEquals(0, own.tryRead(target));
        requireHeldWhileWaiting(own, PART_BYTES);
        peer.sendRaw(Arrays.copyOfRange(large, PART_BYTES, 10_000));
        assertEquals(0, own.tryRead(target));
        requireHeldWhileWaiting(own, 10_000);

        own.tryWrite(ByteBuffer.allocate(50_000));
        requireHeldWhileWaiting(own, 10_000);
        own.close();
    }

    private static void requireHeldWhileWaiting(TlsChannel own, int bytes) throws Exception {
        var waiting = Call.running(own::awaitReadable).awaitIn("awaitReadable");
        assertEquals(bytes, heldBytes(own));
        waiting.cancel();
        waiting.wasCancelled();
    }
}
