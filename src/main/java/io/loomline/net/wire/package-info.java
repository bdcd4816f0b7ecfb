/**
 * The border between a connection and its channel: it names operation and peer in errors, and ends
 * waits that exceed a timeout.
 */
@NullMarked
package io.loomline.net.wire;

import org.jspecify.annotations.NullMarked;
