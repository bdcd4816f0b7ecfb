/** Where log lines go, what they may show of a peer, and how many of them. Internal. */
@NullMarked
package io.loomline.log;

import org.jspecify.annotations.NullMarked;
