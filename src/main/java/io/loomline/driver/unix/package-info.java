/**
 * What drivers of the kernel's sockets share about addresses, and about those that have a path:
 * unix(7). Internal.
 */
@NullMarked
package io.loomline.driver.unix;

import org.jspecify.annotations.NullMarked;
