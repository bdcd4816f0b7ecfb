/**
 * A callback API over connections. A {@link io.loomline.protocol.Protocol} receives the events of a
 * connection, and writes and closes through its {@link io.loomline.protocol.Transport}. The adapter
 * is an ordinary {@link io.loomline.net.ConnectionHandler}:
 *
 * {@snippet :
 * runtime.listen(7000, Protocols.handler(Echo::new));
 * }
 */
@NullMarked
package io.loomline.protocol;

import org.jspecify.annotations.NullMarked;
