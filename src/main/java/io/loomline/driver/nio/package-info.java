/**
 * The portable driver: non-blocking {@link java.nio.channels.SocketChannel}s and a selector loop.
 *
 * <p>The loop moves no bytes. It only wakes the threads that wait for channels. It runs on a
 * virtual thread itself, yields to the threads that it wakes while there are events, and blocks
 * only if there are none.
 */
@NullMarked
package io.loomline.driver.nio;

import org.jspecify.annotations.NullMarked;
