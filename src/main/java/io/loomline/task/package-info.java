/**
 * Tasks: who is running, for how long, and who waits for whom. Nothing here knows of a network.
 *
 * <p>A {@link io.loomline.task.Task} is a body of code on a virtual thread of its own; a {@link
 * io.loomline.task.TaskGroup} starts tasks, awaits them and cancels them. Groups and tasks form a
 * tree, and a cancel strikes everything beneath the node that it is asked of.
 */
@NullMarked
package io.loomline.task;

import org.jspecify.annotations.NullMarked;
