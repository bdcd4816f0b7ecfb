/**
 * Events of the JDK Flight Recorder. They are disabled unless a recording enables them, as the
 * settings {@code loomline.jfc} do. While one is disabled, its cost is a check. Internal.
 */
@NullMarked
package io.loomline.flight;

import org.jspecify.annotations.NullMarked;
