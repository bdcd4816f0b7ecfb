package io.loomline.log;

import org.slf4j.Logger;

/**
 * Logs exceptions and never throws, even if the exception's own methods or the logger throw, or
 * memory runs out. What it logs is escaped: tasks may have names from peers.
 */
public final class SafeLog {
    /** Most of what is logged here are failures of tasks: their package is the category. */
    private static final Logger LOG = Loggers.of("io.loomline.task");

    private SafeLog() {}

    /** Loads this class while there is memory. */
    public static void prepare() {}

    /**
     * Logs an error with the exception's stack, or without it if that fails.
     *
     * @param message a message with one placeholder
     * @param subject replaces the placeholder
     * @param exception the exception
     */
    public static void log(String message, Object subject, Throwable exception) {
        try {
            LOG.error(message, LogText.of(subject.toString()), LogText.printable(exception));
        } catch (Throwable e) {
            logWithoutStack(message, subject, exception);
        }
    }

    private static void logWithoutStack(String message, Object subject, Throwable exception) {
        try {
            LOG.error(message + ": {}", LogText.of(subject.toString()), LogText.of(exception));
        } catch (Throwable e) {
            printToStandardError(message, subject, exception);
        }
    }

    /** If this fails as well, no way is left to report the exception. */
    private static void printToStandardError(String message, Object subject, Throwable exception) {
        try {
            System.err.println(
                    message.replace("{}", LogText.of(subject.toString()))
                            + ": "
                            + LogText.of(exception));
        } catch (Throwable e) {
            assert e != null : "no memory for the text, or no standard error";
        }
    }
}
