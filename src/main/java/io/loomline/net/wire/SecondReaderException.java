package io.loomline.net.wire;

import org.jspecify.annotations.Nullable;

import java.nio.channels.ReadPendingException;

/** A {@link ReadPendingException} with a message that names the reading thread. */
public final class SecondReaderException extends ReadPendingException {
    private static final long serialVersionUID = 1;

    private final String message;

    /**
     * Creates an exception with a message.
     *
     * @param message the reader, the operation in progress and its object
     */
    public SecondReaderException(String message) {
        this.message = message;
    }

    /**
     * The exception for a thread that is refused while another one reads.
     *
     * @param readerId the id of the reading thread
     * @param reader that thread, if it is known
     * @param operation the operation in progress and its object, such as "reading from the peer"
     */
    public static SecondReaderException during(
            long readerId, @Nullable Thread reader, String operation) {
        return new SecondReaderException(describe(readerId, reader) + " is " + operation);
    }

    /** A task without a name of its own is called "task-" and the id of its thread. */
    private static String describe(long id, @Nullable Thread thread) {
        String name = thread == null || thread.threadId() != id ? "" : thread.getName();
        return name.isEmpty()
                ? "thread #%d ('task-%d' if it is a task)".formatted(id, id)
                : "thread '%s' (#%d)".formatted(name, id);
    }

    /** The reading thread, the operation and its object. */
    @Override
    public String getMessage() {
        return message;
    }
}
