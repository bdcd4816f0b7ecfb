/**
 * Channels as connections see them: errors name the operation and the peer, and waits have
 * timeouts.
 */
@NullMarked
package io.loomline.net.wire;

import org.jspecify.annotations.NullMarked;
