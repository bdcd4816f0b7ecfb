/**
 * A driver without a kernel: connections are pairs of bounded pipes in this process. It needs no
 * descriptors, so their limit does not apply, and its timing depends only on the threads that use
 * it.
 */
@NullMarked
package io.loomline.driver.memory;

import org.jspecify.annotations.NullMarked;
