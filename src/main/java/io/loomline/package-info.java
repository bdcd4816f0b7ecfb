/**
 * The way in: {@link io.loomline.Runtime} starts tasks, connects and listens, and ends everything
 * that it started.
 */
@NullMarked
package io.loomline;

import org.jspecify.annotations.NullMarked;
