/** Windows of bytes: those received and not yet read, and those written and not yet sent. */
@NullMarked
package io.loomline.net.buffer;

import org.jspecify.annotations.NullMarked;
