/**
 * Connections: the only package in which tasks and bytes meet.
 *
 * <p>A line passes three stages: the driver's channel (bytes out of the socket), the read buffer
 * (the window of unread bytes), and {@link io.loomline.net.Connection#readLine} (text).
 */
@NullMarked
package io.loomline.net;

import org.jspecify.annotations.NullMarked;
