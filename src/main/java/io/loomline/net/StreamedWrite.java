package io.loomline.net;

/** What is too large for the buffer, on its way to the wire past it. */
interface StreamedWrite extends WriteSource {
    /** Whether the peer has got a part that is not all there is. */
    boolean isCut();
}
