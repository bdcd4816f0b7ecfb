/**
 * Values of a byte stream: its limits, its line and frame formats, and the exceptions that reads
 * and writes throw.
 */
@NullMarked
package io.loomline.stream;

import org.jspecify.annotations.NullMarked;
