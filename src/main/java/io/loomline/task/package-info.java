/**
 * Tasks: running code on virtual threads, waiting for it, cancelling it, and bounding its time.
 * Independent of the network.
 *
 * <p>A {@link io.loomline.task.Task} is a body of code on its own virtual thread; a {@link
 * io.loomline.task.TaskGroup} starts, awaits and cancels tasks. Groups and tasks form a tree, and a
 * cancel of one node cancels everything beneath it.
 */
@NullMarked
package io.loomline.task;

import org.jspecify.annotations.NullMarked;
