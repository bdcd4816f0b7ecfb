package io.loomline.net.write;

import io.loomline.net.wire.WriteSource;

/** A write that is too large for the write buffer and bypasses it. */
public interface StreamedWrite extends WriteSource {
    /** Whether some, but not all, of the bytes have been sent. */
    boolean isPartial();
}
