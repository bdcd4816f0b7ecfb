package io.loomline.net;

import io.loomline.net.wire.WaitTimeouts;

/**
 * A bound of the time and the bytes of several reads together, such as the ones of a whole HTTP
 * header. Open it with {@link Connection#budget} in a {@code try} statement:
 *
 * {@snippet lang=java :
 * try (var _ = connection.budget(Duration.ofSeconds(10), 16 * 1024)) {
 *     String line;
 *     while (!(line = connection.requireLine()).isEmpty()) header.add(line);
 * }
 * }
 *
 * <p>While it is open, no read returns bytes beyond it. A read that needs more of them throws
 * {@link io.loomline.stream.MessageTooLongException} as soon as one has arrived; the bytes that it
 * has not returned stay unread, for reads after the close. Not counted are the rest of an earlier
 * line that was {@linkplain io.loomline.stream.SkippedInput refused}, and the second byte of a line
 * ending that is {@link io.loomline.stream.LineFormat.Ending#ANY}. When the time is over, reads
 * throw {@link java.net.SocketTimeoutException} and lose no byte. The connection's {@linkplain
 * io.loomline.stream.Limits limits} hold as well. Writes are not affected.
 */
public final class ReadBudget implements AutoCloseable {
    private final WaitTimeouts reading;
    private final WaitTimeouts.Budget budget;

    ReadBudget(WaitTimeouts reading, WaitTimeouts.Budget budget) {
        this.reading = reading;
        this.budget = budget;
    }

    /**
     * Ends the bound. The next read is not bound any more. Further calls have no effect.
     *
     * <p><i>Threads:</i> any thread may call this; a read that is in progress keeps its bound.
     */
    @Override
    public void close() {
        reading.close(budget);
    }
}
