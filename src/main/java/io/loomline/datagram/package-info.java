/** UDP: endpoints that receive and send datagrams. */
@NullMarked
package io.loomline.datagram;

import org.jspecify.annotations.NullMarked;
