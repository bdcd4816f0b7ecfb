/** The output of a connection: writes, the flushes that follow them, and large transfers. */
@NullMarked
package io.loomline.net.write;

import org.jspecify.annotations.NullMarked;
