/**
 * How bytes move: the seam to the operating system, for people who write a driver. Nothing here
 * knows of tasks, lines or limits.
 *
 * <p>The calls come in two families: {@code tryX} does what can be done at once and never waits,
 * {@code awaitX} waits until it is worth trying again and moves nothing. Code above tries first and
 * waits only then, so a wait can be cut without losing a byte, and needs no buffer.
 */
@NullMarked
package io.loomline.driver;

import org.jspecify.annotations.NullMarked;
