package io.loomline.server;

/**
 * Why a server refused or delayed clients. A shortage of the process ({@link #DESCRIPTORS}, {@link
 * #HEAP}, {@link #HELD_BYTES}, {@link #LAG}) only delays clients, and {@link #CONNECTION_LIMIT} may
 * do either; all others refuse.
 */
public enum AdmissionReason {
    /**
     * The server has as many connections as it may have, or has closed this one, as the longest
     * idle, before its handler got it.
     */
    CONNECTION_LIMIT,

    /** The client's address has as many connections as it may have. */
    ADDRESS_LIMIT,

    /** The client's subnet has as many connections as it may have. */
    SUBNET_LIMIT,

    /** The client's address connects too often. */
    ADDRESS_RATE,

    /** The client's subnet connects too often. */
    SUBNET_RATE,

    /** The process is short of descriptors, or the kernel of another resource of sockets. */
    DESCRIPTORS,

    /** The process is short of heap. */
    HEAP,

    /** The connections of the runtime hold too many bytes. */
    HELD_BYTES,

    /** Tasks that are ready to run wait too long for a processor. */
    LAG,

    /** The TLS handshake failed or took too long. */
    HANDSHAKE,

    /** The header of the PROXY protocol was malformed, late, or not from a trusted address. */
    PROXY_HEADER,

    /** The server was shut down or closed. */
    SHUTDOWN
}
