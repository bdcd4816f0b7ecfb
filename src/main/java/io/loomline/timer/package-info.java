/**
 * Timers on a given clock: one timer for the earliest of many times, and a time that can be moved.
 * Also the thread behind the system clock. Internal.
 */
@NullMarked
package io.loomline.timer;

import org.jspecify.annotations.NullMarked;
