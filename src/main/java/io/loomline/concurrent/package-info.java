/**
 * Concurrency tools: one-time events, threads, blocking calls on bounded platform threads, buffer
 * pools, calls that are not inlined. Internal.
 */
@NullMarked
package io.loomline.concurrent;

import org.jspecify.annotations.NullMarked;
