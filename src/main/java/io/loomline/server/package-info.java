/** Servers: accept connections, limit their number, and shut down. */
@NullMarked
package io.loomline.server;

import org.jspecify.annotations.NullMarked;
