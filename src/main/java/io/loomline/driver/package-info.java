/**
 * The service provider interface for drivers: how bytes move between this process and the operating
 * system. It is independent of tasks, lines and limits.
 *
 * <p>There are two kinds of calls. {@code tryX} does as much as possible at once and never waits.
 * {@code awaitX} waits until {@code tryX} is worth repeating and moves no bytes. Callers try first
 * and wait only if that had no effect. So a wait can be interrupted without losing a byte, and it
 * needs no buffer.
 */
@NullMarked
package io.loomline.driver;

import org.jspecify.annotations.NullMarked;
