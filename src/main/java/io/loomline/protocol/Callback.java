package io.loomline.protocol;

/** A callback of a protocol, made ready. */
interface Callback {
    void run() throws Exception;
}
