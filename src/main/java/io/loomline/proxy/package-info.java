/**
 * The PROXY protocol: its header with the address of the client behind a proxy, and who may send
 * one.
 *
 * <p><i>Source:</i> <a
 * href="https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt">proxy-protocol.txt</a>: "In
 * both cases, the protocol simply consists in an easily parsable header placed by the connection
 * initiator at the beginning of each connection."
 */
@NullMarked
package io.loomline.proxy;

import org.jspecify.annotations.NullMarked;
