package io.loomline.log;

import org.slf4j.Logger;

/**
 * Tells of what was thrown, and never throws itself: an exception is code that may fail when it
 * describes itself, a logger may fail, and memory may run out in both.
 */
public final class SafeLog {
    private static final Logger LOG = Loggers.of(SafeLog.class);

    private SafeLog() {}

    /** Logs an error, with the exception's stack if the exception allows that. */
    public static void log(String message, Object who, Throwable exception) {
        try {
            LOG.error(message, who, exception);
        } catch (Throwable e) {
            logWithoutStack(message, who, exception);
        }
    }

    private static void logWithoutStack(String message, Object who, Throwable exception) {
        try {
            LOG.error(message + ": {}", who, ErrorText.described(exception));
        } catch (Throwable e) {
            printToStandardError(message, who, exception);
        }
    }

    /** Where even this fails there is nobody left who could be told. */
    private static void printToStandardError(String message, Object who, Throwable exception) {
        try {
            System.err.println(
                    message.replace("{}", who.toString()) + ": " + ErrorText.described(exception));
        } catch (Throwable e) {
            assert e != null : "no memory for the words, or no standard error";
        }
    }
}
