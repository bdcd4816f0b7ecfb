package io.loomline.net.read;

import io.loomline.stream.Recoverable;

import java.net.ProtocolException;

/** A frame that breaks its format. It stays unread. */
final class RejectedFrameException extends ProtocolException implements Recoverable {
    private static final long serialVersionUID = 1;

    RejectedFrameException(String message) {
        super(message);
    }
}
