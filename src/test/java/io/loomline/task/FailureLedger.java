package io.loomline.task;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbers every failure that is thrown, and finds the unseen ones: those that came neither as an
 * exception, nor as a cause, nor suppressed, nor in the log, which it reads while it is open.
 */
final class FailureLedger implements AutoCloseable {
    private static final Pattern NUMBER = Pattern.compile("failure no (\\d+)");

    private final Set<Integer> unseen = ConcurrentHashMap.newKeySet();
    private final AtomicInteger numbers = new AtomicInteger();
    private final PrintStream original = System.err;

    /** A failure with a number, without a stack because there are many. */
    static final class Booked extends Exception {
        private static final long serialVersionUID = 1;

        private final int number;

        Booked(int number) {
            super("failure no " + number, null, true, false);
            this.number = number;
        }
    }

    FailureLedger() {
        System.setErr(new PrintStream(new Lines(), true, StandardCharsets.UTF_8));
    }

    Booked newFailure() {
        int number = numbers.incrementAndGet();
        unseen.add(number);
        return new Booked(number);
    }

    /** A failure that may go unseen. */
    Booked newUnbooked() {
        return new Booked(0);
    }

    /** Marks the failures in an exception as seen. */
    void see(Throwable seen) {
        Set<Throwable> visited = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Throwable> pending = new ArrayDeque<>();
        pending.add(seen);
        while (!pending.isEmpty()) {
            Throwable e = pending.remove();
            if (!visited.add(e)) continue;
            if (e instanceof Booked booked) unseen.remove(booked.number);
            if (e.getCause() != null) pending.add(e.getCause());
            Collections.addAll(pending, e.getSuppressed());
        }
    }

    int thrown() {
        return numbers.get();
    }

    Set<Integer> unseen() {
        return unseen;
    }

    @Override
    public void close() {
        System.setErr(original);
    }

    /** Reads the log line by line and keeps no line. */
    private final class Lines extends OutputStream {
        private final StringBuilder line = new StringBuilder();

        @Override
        public void write(int b) { // one at a time: the print stream holds its lock
            if (b != '\n') {
                line.append((char) b);
                return;
            }
            Matcher matcher = NUMBER.matcher(line);
            while (matcher.find()) unseen.remove(Integer.parseInt(matcher.group(1)));
            line.setLength(0);
        }
    }
}
