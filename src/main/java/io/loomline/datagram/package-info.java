/** Datagrams: endpoints that send and receive packets. */
@NullMarked
package io.loomline.datagram;

import org.jspecify.annotations.NullMarked;
