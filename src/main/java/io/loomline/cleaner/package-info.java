/** What is to be done for objects that nobody has any more. Internal. */
@NullMarked
package io.loomline.cleaner;

import org.jspecify.annotations.NullMarked;
