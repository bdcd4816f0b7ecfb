/**
 * The threads of the system that carry virtual threads: how many there are, as many as there is
 * work for; who has to leave one to others; and what keeps all going when something fails.
 * Internal.
 *
 * <p>A carrier that is woken for one short task, and sleeps again, costs more than the task: it has
 * to be woken, looks for work for a while before it sleeps, and what it takes over has to come from
 * another one's cache. So as long as one carrier can do all that a loop brings, the scheduler is
 * asked to use one; and all of them again as soon as there is more to do, or something else.
 */
@NullMarked
package io.loomline.driver.carrier;

import org.jspecify.annotations.NullMarked;
