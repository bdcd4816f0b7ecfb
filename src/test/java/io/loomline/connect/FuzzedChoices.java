package io.loomline.connect;

import java.util.Random;

/** Random choices read from a fuzzer's bytes; the first choice once the bytes are used up. */
@SuppressWarnings("serial") // never serialized
final class FuzzedChoices extends Random {
    private static final int BYTE_VALUES = 256;

    private final byte[] choices;
    private int at;

    FuzzedChoices(byte[] choices) {
        this.choices = choices;
    }

    @Override
    public int nextInt(int bound) {
        long value = 0;
        for (long values = 1; values < bound; values *= BYTE_VALUES) {
            value = value * BYTE_VALUES + nextByte();
        }
        return (int) (value % bound);
    }

    private int nextByte() {
        return at < choices.length ? Byte.toUnsignedInt(choices[at++]) : 0;
    }

    @Override
    public boolean nextBoolean() {
        return nextInt(2) == 1;
    }
}
