/** Shutting several servers down together. Internal. */
@NullMarked
package io.loomline.server.drain;

import org.jspecify.annotations.NullMarked;
