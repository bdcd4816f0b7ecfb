package io.loomline.log;

/**
 * Exceptions that code throws only because it may not throw their cause, such as a lambda that may
 * not throw checked exceptions. They have no message of their own.
 */
public final class BareWrapper {
    /** A chain of causes may be circular. */
    private static final int MOST_CAUSES = 16;

    private BareWrapper() {}

    /**
     * The exception inside all bare wrappers.
     *
     * @param e the exception
     * @return the first exception of the chain of causes that is no bare wrapper
     */
    public static Throwable unwrapped(Throwable e) {
        try {
            Throwable inner = e;
            for (int causes = 0; causes < MOST_CAUSES; causes++) {
                Throwable cause = inner.getCause();
                if (cause == null || !isBare(inner, cause)) break;
                inner = cause;
            }
            return inner;
        } catch (RuntimeException | Error broken) { // thrown by an overridden method
            return e;
        }
    }

    private static boolean isBare(Throwable e, Throwable cause) {
        String message = e.getMessage();
        return message == null || message.equals(cause.toString());
    }
}
