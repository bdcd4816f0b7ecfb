/** Actions for objects that were garbage-collected. Internal. */
@NullMarked
package io.loomline.cleaner;

import org.jspecify.annotations.NullMarked;
