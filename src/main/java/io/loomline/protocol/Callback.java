package io.loomline.protocol;

/** A callback of a protocol, bound to its arguments. */
interface Callback {
    void run() throws Exception;
}
