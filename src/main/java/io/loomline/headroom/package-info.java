/** What is left of the process's descriptors and heap, for those that would take more. */
@NullMarked
package io.loomline.headroom;

import org.jspecify.annotations.NullMarked;
