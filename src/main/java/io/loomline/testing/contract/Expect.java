package io.loomline.testing.contract;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/** The assertions of the cases. Each error names the expected and the actual value. */
final class Expect {
    /** A call that should throw. */
    interface Call {
        @Nullable Object call() throws Exception;
    }

    private Expect() {}

    static void equal(@Nullable Object expected, @Nullable Object actual, String what) {
        if (expected == null ? actual == null : expected.equals(actual)) return;
        throw new AssertionError(what + ": expected " + expected + ", but was " + actual);
    }

    static void bytes(byte[] expected, byte[] actual, String what) {
        int at = Arrays.mismatch(expected, actual);
        if (at < 0) return;
        throw new AssertionError(
                what + ": expected " + around(expected, at) + ", but was " + around(actual, at));
    }

    private static String around(byte[] bytes, int at) {
        String found = at < bytes.length ? bytes[at] + " at " + at : "the end at " + at;
        return found + " of " + bytes.length + " bytes";
    }

    static void that(boolean holds, String expected, @Nullable Object actual) {
        if (!holds) throw new AssertionError("expected " + expected + ", but was " + actual);
    }

    static void throwing(Class<? extends Exception> expected, String what, Call call) {
        @Nullable Object actual;
        try {
            actual = call.call();
        } catch (Exception e) {
            if (expected.isInstance(e)) return;
            throw new AssertionError(what + ": expected " + expected.getName() + ", got " + e, e);
        }
        throw new AssertionError(
                what + ": expected " + expected.getName() + ", but it returned " + actual);
    }

    /** Like {@link #throwing}, for a call without a result. */
    static void throwingVoid(
            Class<? extends Exception> expected, String what, CaseThreads.Job call) {
        throwing(
                expected,
                what,
                () -> {
                    call.run();
                    return "normally";
                });
    }
}
