package io.loomline.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Prints each warning or error to standard error in one call, and drops everything else. */
final class StandardErrorLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;

    StandardErrorLogger(String name) {
        this.name = name;
    }

    @Override
    public boolean isTraceEnabled() {
        return false;
    }

    @Override
    public boolean isDebugEnabled() {
        return false;
    }

    @Override
    public boolean isInfoEnabled() {
        return false;
    }

    @Override
    public boolean isWarnEnabled() {
        return true;
    }

    @Override
    public boolean isErrorEnabled() {
        return true;
    }

    @Override
    @SuppressWarnings("NullAway") // slf4j accepts null
    protected String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            String pattern,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        String message = MessageFormatter.basicArrayFormat(pattern, arguments);
        String line = "%s %s - %s".formatted(level, name, message);
        System.err.println(thrown == null ? line : line + System.lineSeparator() + stack(thrown));
    }

    private static String stack(Throwable thrown) {
        var text = new StringWriter();
        try {
            thrown.printStackTrace(new PrintWriter(text, true));
        } catch (RuntimeException | Error e) { // thrown by the exception's own methods
            return ErrorText.described(thrown);
        }
        return text.toString().stripTrailing();
    }
}
