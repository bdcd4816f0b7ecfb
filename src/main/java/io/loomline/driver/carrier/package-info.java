/**
 * The carriers, the platform threads that run virtual threads: how many the scheduler uses, how
 * virtual threads share them fairly, and how they are replaced while all are held. Internal.
 *
 * <p>Waking a carrier for one short task costs more than the task. The carrier has to be woken,
 * searches for work for a while before it sleeps again, and fetches the task's memory from another
 * core's cache. So while one carrier can do all the work that a loop causes, the scheduler is
 * limited to one. It uses all again as soon as there is more work, or work of another kind.
 */
@NullMarked
package io.loomline.driver.carrier;

import org.jspecify.annotations.NullMarked;
