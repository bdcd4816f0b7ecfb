package io.loomline.net.write;

import io.loomline.net.wire.WriteSource;

/** What is too large for the buffer, on its way to the wire past it. */
public interface StreamedWrite extends WriteSource {
    /** Whether the peer has got a part that is not all there is. */
    boolean isCut();
}
