/** Small concurrency tools: one-time events, threads, calls that are not inlined. */
@NullMarked
package io.loomline.concurrent;

import org.jspecify.annotations.NullMarked;
