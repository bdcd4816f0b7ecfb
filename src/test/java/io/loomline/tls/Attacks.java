package io.loomline.tls;

import io.loomline.tls.Wire.Attacker;
import io.loomline.tls.Wire.Receiver;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The attackers of tests. Each is for one session. */
final class Attacks {
    private static final int HEADER_BYTES = 5;
    private static final int HANDSHAKE = 22;

    private Attacks() {}

    /** Ends the stream behind so many bytes. */
    static Attacker cutAt(long bytes, boolean reset) {
        return new Attacker() {
            private long left = bytes;

            @Override
            public void pass(byte[] sent, Receiver receiver) {
                int passed = (int) Math.min(left, sent.length);
                receiver.receive(Arrays.copyOf(sent, passed));
                left -= passed;
                if (passed == sent.length) return;
                if (reset) receiver.reset();
                else receiver.end();
            }
        };
    }

    /** Flips one bit of the byte at that position. */
    static Attacker flip(long position, int bit) {
        return new Attacker() {
            private long passed;

            @Override
            public void pass(byte[] sent, Receiver receiver) {
                byte[] changed = sent.clone();
                long at = position - passed;
                if (0 <= at && at < sent.length) changed[(int) at] ^= (byte) (1 << bit);
                passed += sent.length;
                receiver.receive(changed);
            }
        };
    }

    /** Inserts bytes before the record of that number. */
    static Attacker insertBefore(int record, byte[] inserted) {
        return records((index, bytes, receiver) -> {
            if (index == record) receiver.receive(inserted);
            receiver.receive(bytes);
        });
    }

    static Attacker dropRecord(int record) {
        return records((index, bytes, receiver) -> {
            if (index != record) receiver.receive(bytes);
        });
    }

    static Attacker repeatRecord(int record) {
        return records((index, bytes, receiver) -> {
            receiver.receive(bytes);
            if (index == record) receiver.receive(bytes);
        });
    }

    /** Swaps a record with the next. */
    static Attacker swapRecord(int record) {
        return records(
                new RecordAttacker() {
                    private byte[] held = new byte[0];

                    @Override
                    public void pass(int index, byte[] bytes, Receiver receiver) {
                        if (index == record) {
                            held = bytes;
                            return;
                        }
                        receiver.receive(bytes);
                        receiver.receive(held);
                        held = new byte[0];
                    }
                });
    }

    /** Splits the records of the handshake before encryption, into so many bytes each. */
    static Attacker splitHandshake(int bytesEach) {
        return records(
                new RecordAttacker() {
                    private boolean encrypted;

                    @Override
                    public void pass(int index, byte[] bytes, Receiver receiver) {
                        encrypted |= bytes[0] != HANDSHAKE;
                        if (encrypted) receiver.receive(bytes);
                        else split(bytes, bytesEach, receiver);
                    }
                });
    }

    private static void split(byte[] record, int bytesEach, Receiver receiver) {
        for (int at = HEADER_BYTES; at < record.length; at += bytesEach) {
            int length = Math.min(bytesEach, record.length - at);
            var part = ByteBuffer.allocate(HEADER_BYTES + length).put(record, 0, 3);
            receiver.receive(part.putShort((short) length).put(record, at, length).array());
        }
    }

    /** Something that sees whole records. */
    interface RecordAttacker {
        void pass(int index, byte[] bytes, Receiver receiver);
    }

    static Attacker records(RecordAttacker attacker) {
        return new Attacker() {
            private byte[] rest = new byte[0];
            private int index;

            @Override
            public void pass(byte[] sent, Receiver receiver) {
                byte[] bytes = Arrays.copyOf(rest, rest.length + sent.length);
                System.arraycopy(sent, 0, bytes, rest.length, sent.length);
                int at = 0;
                while (bytes.length - at >= HEADER_BYTES) {
                    int end =
                            at + HEADER_BYTES + (ByteBuffer.wrap(bytes).getShort(at + 3) & 0xffff);
                    if (end > bytes.length) break;
                    attacker.pass(index++, Arrays.copyOfRange(bytes, at, end), receiver);
                    at = end;
                }
                rest = Arrays.copyOfRange(bytes, at, bytes.length);
            }
        };
    }
}
