package io.loomline.net.read;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** A read past the window, without waiting. */
interface DirectRead {
    /** Returns the number of bytes; 0 if none are available now; negative if none come. */
    int run() throws IOException;

    /** Does the same; null if no bytes are available now. */
    default @Nullable Integer runOrNull() throws IOException {
        int moved = run();
        return moved == 0 ? null : moved;
    }
}
