/**
 * The portable driver: non-blocking {@link java.nio.channels.SocketChannel}s and a selector loop.
 *
 * <p>The loop touches no byte. It only wakes the thread that waits for a channel, and runs as a
 * virtual thread among them: while there is work it takes its turn with the threads that it wakes,
 * and blocks only when there is none.
 */
@NullMarked
package io.loomline.driver.nio;

import org.jspecify.annotations.NullMarked;
