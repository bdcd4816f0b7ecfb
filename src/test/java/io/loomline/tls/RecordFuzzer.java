package io.loomline.tls;

import io.loomline.probe.FakeChannel;
import io.loomline.tls.AttackedSession.Victim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * An entry point for Jazzer: what a stranger may send to either side before its handshake is
 * complete. The first byte chooses the side and the size of the pieces in which the rest arrives.
 */
public final class RecordFuzzer {
    private static final Victim[] VICTIMS = Victim.values();

    private RecordFuzzer() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        if (input.length == 0) return;
        int choice = input[0] & 0xff;
        Victim victim = VICTIMS[choice % VICTIMS.length];
        int pieceBytes = 1 + choice / VICTIMS.length;
        byte[] sent = Arrays.copyOfRange(input, 1, input.length);
        var below =
                FakeChannel.bringing(FakeChannel.chunks(sent, pieceBytes).toArray(byte[][]::new));
        TlsChannel channel = TlsChannel.over(below, victim.tls(), "localhost");
        try {
            channel.handshake(ByteBuffer.allocate(0));
            throw new AssertionError("a handshake with a stranger is complete");
        } catch (IOException e) {
            // as documented
        } finally {
            channel.close();
        }
        if (!below.events().getLast().equals("close")) {
            throw new AssertionError("not closed: " + below.events());
        }
    }
}
