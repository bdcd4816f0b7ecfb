package io.loomline.datagram;

import io.loomline.stream.Recoverable;

import java.net.SocketTimeoutException;

/** A receive whose read timeout has expired. */
final class ReceiveTimeoutException extends SocketTimeoutException implements Recoverable {
    private static final long serialVersionUID = 1;

    ReceiveTimeoutException(String message) {
        super(message);
    }
}
