/**
 * Values of a byte stream: its limits, what a line and a frame are, and the exceptions that reads
 * and writes throw.
 */
@NullMarked
package io.loomline.stream;

import org.jspecify.annotations.NullMarked;
