/** Runtimes as management beans. */
@NullMarked
package io.loomline.observe.jmx;

import org.jspecify.annotations.NullMarked;
