/**
 * A driver without a kernel: connections are pairs of bounded pipes in this process. It holds no
 * descriptor, so it carries more connections than the machine has, and nothing in it depends on
 * timing that a test does not control.
 */
@NullMarked
package io.loomline.driver.memory;

import org.jspecify.annotations.NullMarked;
