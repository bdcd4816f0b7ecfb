/**
 * Timers without a clock of their own: one timer for the earliest of many times, a time that may be
 * moved, and the thread behind the system clock.
 */
@NullMarked
package io.loomline.timer;

import org.jspecify.annotations.NullMarked;
