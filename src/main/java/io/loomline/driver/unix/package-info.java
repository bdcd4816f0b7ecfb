/**
 * The parts that the drivers of kernel sockets share: kinds of addresses, Unix-domain paths, and
 * listening sockets. Internal.
 */
@NullMarked
package io.loomline.driver.unix;

import org.jspecify.annotations.NullMarked;
