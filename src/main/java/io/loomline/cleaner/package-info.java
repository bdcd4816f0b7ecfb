/** Actions that run after objects have been garbage-collected. Internal. */
@NullMarked
package io.loomline.cleaner;

import org.jspecify.annotations.NullMarked;
