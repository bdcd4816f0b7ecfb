package io.loomline.outbox;

/** The bytes of a message, which nobody changes. */
final class Message {
    private final byte[] bytes;
    private final boolean shared;

    /**
     * A message.
     *
     * @param shared whether many queues share the bytes, so that one more queue takes hardly any
     *     memory
     */
    Message(byte[] bytes, boolean shared) {
        this.bytes = bytes;
        this.shared = shared;
    }

    byte[] bytes() {
        return bytes;
    }

    boolean shared() {
        return shared;
    }

    int length() {
        return bytes.length;
    }
}
