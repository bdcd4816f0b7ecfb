/**
 * Descriptors, heap and carriers that are kept free, and the bound of bytes that connections hold.
 */
@NullMarked
package io.loomline.headroom;

import org.jspecify.annotations.NullMarked;
