package io.loomline.probe;

/** An exception whose own methods throw. */
public final class HostileException extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
        throw new IllegalStateException("must not be called");
    }

    @Override
    public String toString() {
        throw new IllegalStateException("must not be called");
    }

    @Override
    public synchronized Throwable getCause() {
        throw new IllegalStateException("must not be called");
    }
}
