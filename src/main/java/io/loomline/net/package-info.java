/**
 * Connections and servers: the only place where tasks and bytes meet.
 *
 * <p>A line passes three rooms: the driver's channel (bytes out of the socket), the read buffer (a
 * window of bytes that nobody has read yet), and {@link io.loomline.net.Connection#readLine}
 * (text).
 */
@NullMarked
package io.loomline.net;

import org.jspecify.annotations.NullMarked;
