/** Servers: accepting connections, limiting their number, and shutting down. */
@NullMarked
package io.loomline.server;

import org.jspecify.annotations.NullMarked;
