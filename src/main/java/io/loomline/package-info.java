/**
 * The entry point: {@link io.loomline.Runtime} starts tasks, connects, listens, and ends everything
 * that it started. Import it explicitly; otherwise the compiler picks {@link java.lang.Runtime}.
 */
@NullMarked
package io.loomline;

import org.jspecify.annotations.NullMarked;
