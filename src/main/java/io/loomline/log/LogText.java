package io.loomline.log;

import org.jspecify.annotations.Nullable;

import java.util.HexFormat;

/**
 * Text that may come from a peer, made safe for a log line or a message. It is cut, and characters
 * are escaped that are invisible or without a meaning of their own, such as control characters,
 * line separators, changes of direction, and halves of surrogate pairs.
 */
public final class LogText {
    private static final int MOST_CHARACTERS = 256;
    private static final int SHORT_DIGITS = 4;
    private static final int LONG_DIGITS = 8;
    private static final HexFormat HEX = HexFormat.of();
    private static final int MOST_CAUSES = 8;

    private LogText() {}

    /**
     * The printable form of a text.
     *
     * @param text the text
     * @return its first 256 characters at most, as Unicode counts them. Escaped ones become {@code
     *     \\u001b}, or {@code \\U000e0001} if they need more than four digits
     */
    public static String of(CharSequence text) {
        var shown = new StringBuilder();
        int next = 0;
        for (int seen = 0; next < text.length(); seen++) {
            if (seen == MOST_CHARACTERS) return shown.append("...").toString();
            int character = Character.codePointAt(text, next);
            next += Character.charCount(character);
            append(shown, character);
        }
        return shown.toString();
    }

    private static void append(StringBuilder shown, int character) {
        if (isSeen(character)) {
            shown.appendCodePoint(character);
        } else if (Character.isBmpCodePoint(character)) {
            shown.append("\\u").append(HEX.toHexDigits(character, SHORT_DIGITS));
        } else {
            shown.append("\\U").append(HEX.toHexDigits(character, LONG_DIGITS));
        }
    }

    private static boolean isSeen(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED ->
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
            if (causes == 0 || !of(e).equals(e.toString())) return false;
            for (Throwable each : e.getSuppressed()) {
                if (!isPrintable(each, causes - 1)) return false;
            }
            return isPrintable(e.getCause(), causes - 1);
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
                addSuppressed(new Shown(suppressed, causes - 1));
            }
        }

        /** The message names the class of the exception that this one replaces. */
        @Override
        @SuppressWarnings("OverrideThrowableToString") // the message is the whole text
        public String toString() {
            return String.valueOf(getMessage());
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
