package io.loomline.net.read;

import io.loomline.stream.SkippedInput;

import java.net.ProtocolException;

/** A line that breaks its format. */
final class RejectedLineException extends ProtocolException implements SkippedInput {
    private static final long serialVersionUID = 1;

    RejectedLineException(String message) {
        super(message);
    }
}
