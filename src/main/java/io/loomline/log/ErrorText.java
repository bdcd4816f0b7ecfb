package io.loomline.log;

import org.jspecify.annotations.Nullable;

/**
 * The words of an exception, for use in another message. An exception is code: one that fails when
 * it is asked for its words is described by its class.
 */
public final class ErrorText {
    private ErrorText() {}

    /**
     * Why something failed.
     *
     * @param e the exception
     * @return its message; the name of its class if it has none
     */
    public static String of(Throwable e) {
        String message = message(e);
        return message == null || message.isBlank() ? e.getClass().getName() : message;
    }

    private static @Nullable String message(Throwable e) {
        try {
            return e.getMessage();
        } catch (RuntimeException | Error failure) {
            return null;
        }
    }

    /**
     * What the exception says of itself.
     *
     * @param e the exception
     * @return its class, and its message if it has one
     */
    public static String described(Throwable e) {
        try {
            String description = e.toString();
            return description == null ? e.getClass().getName() : description;
        } catch (RuntimeException | Error failure) {
            return e.getClass().getName();
        }
    }
}
