/**
 * The driver for Linux: non-blocking sockets and epoll(7), called through {@link
 * java.lang.foreign}.
 *
 * <p>A descriptor is registered with the kernel once, edge-triggered. Reads and writes access the
 * caller's array directly. As in the portable driver, the loop moves no bytes and runs on a virtual
 * thread. While there are no events, a platform thread waits in its place.
 */
@NullMarked
package io.loomline.driver.epoll;

import org.jspecify.annotations.NullMarked;
