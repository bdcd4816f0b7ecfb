package io.loomline.connect;

import com.sun.management.ThreadMXBean;

import io.loomline.net.Connection;
import io.loomline.net.read.ReadComparison;
import io.loomline.net.read.ReadScript;
import io.loomline.probe.FakeChannel;
import io.loomline.task.SystemClock;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * Feeds a fuzzer's bytes to reads and handshakes. Input in pieces must give the same result as the
 * whole, a handshake must end where the reply ends, only documented exceptions may be thrown, and
 * the input bounds the memory used. {@code mvn -q -Pfuzz} passes this class to Jazzer, which calls
 * the method by its name.
 *
 * <pre>
 *   input:  [ number of choices │ choices │ the peer's bytes ]
 * </pre>
 */
public final class InputFuzzer {
    /** More than the comparisons themselves allocate for inputs of a few KiB. */
    private static final long MAX_ALLOCATED_BYTES = 256L << 20;

    private static final ProxyTarget TARGET = new ProxyTarget("example.org", 443);
    private static final Credentials CREDENTIALS = new Credentials("user", "password");

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private InputFuzzer() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        // the first run may also load and instrument classes
        if (allocatedBytes(input) > MAX_ALLOCATED_BYTES) {
            long again = allocatedBytes(input);
            if (again <= MAX_ALLOCATED_BYTES) return;
            throw new AssertionError(again + " bytes for an input of " + input.length);
        }
    }

    private static long allocatedBytes(byte[] input) throws Exception {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        run(input);
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    private static void run(byte[] input) throws Exception {
        int split = input.length == 0 ? 0 : Math.min(input.length, 1 + (input[0] & 0xFF));
        var choices = new FuzzedChoices(Arrays.copyOfRange(input, Math.min(1, split), split));
        byte[] sent = Arrays.copyOfRange(input, split, input.length);
        switch (choices.nextInt(4)) {
            case 0 -> handshakeOfHttp(choices, sent);
            case 1 -> handshakeOfSocks(choices, sent);
            default -> new ReadComparison(new ReadScript(choices, sent)).run();
        }
    }

    private static void handshakeOfHttp(FuzzedChoices choices, byte[] sent) throws Exception {
        boolean credentials = choices.nextBoolean();
        var handshake = new HttpHandshake(TARGET, credentials ? CREDENTIALS : null);
        compare(handshake, choices, sent, NaiveHandshake.endOfHttp(sent));
    }

    private static void handshakeOfSocks(FuzzedChoices choices, byte[] sent) throws Exception {
        boolean credentials = choices.nextBoolean();
        var handshake = new Socks5Handshake(TARGET, credentials ? CREDENTIALS : null);
        compare(handshake, choices, sent, NaiveHandshake.endOfSocks(sent, credentials));
    }

    private static void compare(Handshake handshake, FuzzedChoices choices, byte[] sent, int end)
            throws InterruptedException {
        byte[][] pieces = ReadScript.cut(choices, sent);
        var proxy = Connection.over(FakeChannel.bringing(pieces), SystemClock.INSTANCE);
        try {
            handshake.run(proxy);
        } catch (IOException e) {
            if (end != NaiveHandshake.REFUSED) throw new AssertionError("expected " + end, e);
            requirePrintable(e.getMessage());
            return;
        }
        if (proxy.bytesRead() == end) return;
        throw new AssertionError("it took " + proxy.bytesRead() + " bytes: expected " + end);
    }

    /** A peer must not inject lines or colours into a log. */
    private static void requirePrintable(String message) {
        if (message.chars().noneMatch(Character::isISOControl)) return;
        throw new AssertionError("control characters in " + message);
    }
}
