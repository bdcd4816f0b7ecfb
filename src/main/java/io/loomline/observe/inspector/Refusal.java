package io.loomline.observe.inspector;

import java.util.Objects;

/** A request that is not answered. */
final class Refusal extends Exception {
    static final int BAD_REQUEST = 400;
    static final int FORBIDDEN = 403;
    static final int NOT_FOUND = 404;
    static final int METHOD_NOT_ALLOWED = 405;

    private static final long serialVersionUID = 1;

    private final int status;

    /**
     * Refuses a request.
     *
     * @param text the reason; nothing of the request itself
     */
    Refusal(int status, String text) {
        super(text, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    String text() {
        return Objects.requireNonNull(getMessage());
    }
}
