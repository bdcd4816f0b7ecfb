/**
 * The driver for Linux: non-blocking sockets and epoll(7), called through {@link
 * java.lang.foreign}.
 *
 * <p>The kernel is told of a descriptor once, edge-triggered, and a read or write goes straight
 * from or into the caller's array. As in the portable driver the loop touches no byte and runs as a
 * virtual thread; only while nothing happens does a thread of the system wait in its place.
 */
@NullMarked
package io.loomline.driver.epoll;

import org.jspecify.annotations.NullMarked;
