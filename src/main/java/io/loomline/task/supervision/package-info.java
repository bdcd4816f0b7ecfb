/**
 * What watches over tasks: the registry of those that run, the watchdogs for those that do not end,
 * and the failures that nobody has observed.
 */
@NullMarked
package io.loomline.task.supervision;

import org.jspecify.annotations.NullMarked;
