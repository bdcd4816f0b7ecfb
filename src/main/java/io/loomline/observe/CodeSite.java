package io.loomline.observe;

import org.jspecify.annotations.Nullable;

/** A line of code, as people name it. */
final class CodeSite {
    private CodeSite() {}

    /**
     * The class, the method, the file and the line, for sites that {@link #of} does not tell apart.
     */
    static String full(StackTraceElement frame) {
        String method = frame.getClassName() + "." + frame.getMethodName();
        @Nullable String file = frame.getFileName();
        if (file == null || frame.getLineNumber() <= 0) return method;
        return method + "(" + file + ":" + frame.getLineNumber() + ")";
    }

    /** The file and the line; the class and the method if the class file does not have them. */
    static String of(StackTraceElement frame) {
        @Nullable String file = frame.getFileName();
        if (file != null && frame.getLineNumber() > 0) return file + ":" + frame.getLineNumber();
        String name = frame.getClassName();
        return name.substring(name.lastIndexOf('.') + 1) + "." + frame.getMethodName();
    }
}
