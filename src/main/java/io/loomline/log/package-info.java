/** Loggers, and the escaping and the rate of what they log. Internal. */
@NullMarked
package io.loomline.log;

import org.jspecify.annotations.NullMarked;
