/**
 * Functions of the C library, called through {@link java.lang.foreign}, and the ways in which the
 * kernel moves bytes to a socket without a copy: from a file, and from another socket.
 */
@NullMarked
package io.loomline.driver.libc;

import org.jspecify.annotations.NullMarked;
