package io.loomline.net.read;

import io.loomline.stream.Recoverable;

import java.net.ProtocolException;

/** A line or frame that breaks its format. */
final class RejectedInputException extends ProtocolException implements Recoverable {
    private static final long serialVersionUID = 1;

    RejectedInputException(String message) {
        super(message);
    }
}
