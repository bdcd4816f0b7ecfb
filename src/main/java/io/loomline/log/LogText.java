package io.loomline.log;

import org.jspecify.annotations.Nullable;

/**
 * Text that may come from a peer, made safe for a log line or a message. It is cut, and invisible
 * characters are escaped, such as control characters, line separators and changes of direction.
 */
public final class LogText {
    private static final int MOST_CHARS = 256;
    private static final int MOST_CAUSES = 8;

    private LogText() {}

    /**
     * The printable form of a text.
     *
     * @param text the text
     * @return its first 256 characters at most, the invisible ones escaped
     */
    public static String of(CharSequence text) {
        var shown = new StringBuilder();
        for (int i = 0; i < text.length() && i < MOST_CHARS; i++) {
            char c = text.charAt(i);
            if (isSeen(c)) shown.append(c);
            else shown.append("\\u%04x".formatted((int) c));
        }
        return text.length() > MOST_CHARS ? shown + "..." : shown.toString();
    }

    private static boolean isSeen(char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            default -> true;
        };
    }

    /**
     * The printable form of an exception, without its stack.
     *
     * @param e the exception
     * @return its class and its message
     */
    public static String of(Throwable e) {
        return of(ErrorText.described(e));
    }

    /**
     * The printable form of an exception, with its stack and causes.
     *
     * @param e the exception
     * @return the same exception if its whole text is printable
     */
    public static Throwable printable(Throwable e) {
        return isPrintable(e, MOST_CAUSES) ? e : new Shown(e, MOST_CAUSES);
    }

    private static boolean isPrintable(@Nullable Throwable e, int causes) {
        if (e == null) return true;
        try {
            boolean clean = of(e).equals(e.toString()) && e.getSuppressed().length == 0;
            return clean && causes > 0 && isPrintable(e.getCause(), causes - 1);
        } catch (RuntimeException | Error failure) { // thrown by the exception's own methods
            return false;
        }
    }

    /** Replaces an exception whose text is not printable. */
    @SuppressWarnings("serial") // never serialised
    private static final class Shown extends Exception {
        Shown(Throwable e, int causes) {
            super(of(e), causeOf(e, causes), true, true);
            setStackTrace(e.getStackTrace());
            if (causes == 0) return;
            for (Throwable suppressed : e.getSuppressed()) {
                addSuppressed(new Shown(suppressed, 0));
            }
        }

        private static @Nullable Throwable causeOf(Throwable e, int causes) {
            Throwable cause = causes == 0 ? null : causeOf(e);
            return cause == null ? null : new Shown(cause, causes - 1);
        }

        private static @Nullable Throwable causeOf(Throwable e) {
            try {
                return e.getCause();
            } catch (RuntimeException | Error failure) {
                return null;
            }
        }
    }
}
