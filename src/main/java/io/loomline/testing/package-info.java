/**
 * Support for tests of network code: connections without a network ({@link
 * io.loomline.testing.ConnectionPair}) and a clock that the test moves ({@link
 * io.loomline.testing.ManualClock}).
 */
@NullMarked
package io.loomline.testing;

import org.jspecify.annotations.NullMarked;
