package io.loomline.outbox;

/**
 * The bytes of a message.
 *
 * @param bytes the bytes, which nobody changes
 * @param shared whether many queues share them, so that one more queue takes hardly any memory
 */
record Message(byte[] bytes, boolean shared) {
    int length() {
        return bytes.length;
    }
}
