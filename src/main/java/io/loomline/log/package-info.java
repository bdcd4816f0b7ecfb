/** What a log may show of strangers, and how much of it. Internal. */
@NullMarked
package io.loomline.log;

import org.jspecify.annotations.NullMarked;
