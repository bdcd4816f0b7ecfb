/** Loggers, safe text for log lines, and a limit on their number. Internal. */
@NullMarked
package io.loomline.log;

import org.jspecify.annotations.NullMarked;
