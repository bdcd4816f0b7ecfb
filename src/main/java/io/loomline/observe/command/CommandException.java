package io.loomline.observe.command;

/** The command cannot do what it was told; the message says why. */
@SuppressWarnings("serial") // never serialised
final class CommandException extends Exception {
    /** Errors of the process or the system. */
    static final int FAILED = 1;

    /** Errors of the command line. */
    static final int USAGE = 2;

    private final int exitCode;

    CommandException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
