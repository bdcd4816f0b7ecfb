/** Connections of a server on which nothing moves: how they are found, and ended. */
@NullMarked
package io.loomline.server.idle;

import org.jspecify.annotations.NullMarked;
