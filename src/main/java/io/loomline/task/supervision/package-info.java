/**
 * Supervision of tasks: the registry of running tasks, the watchdogs for tasks that do not end, and
 * the failures that no code has observed. Internal.
 */
@NullMarked
package io.loomline.task.supervision;

import org.jspecify.annotations.NullMarked;
