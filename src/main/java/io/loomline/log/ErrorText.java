package io.loomline.log;

import org.jspecify.annotations.Nullable;

/**
 * The text of an exception, for use in another message. If the exception's own methods throw, the
 * text is the name of its class.
 */
public final class ErrorText {
    private ErrorText() {}

    /**
     * The message of an exception.
     *
     * @param e the exception
     * @return the message; the name of the class if there is none
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
     * The description of an exception.
     *
     * @param e the exception
     * @return the class, and the message if there is one
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
