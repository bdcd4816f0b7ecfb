/**
 * What tests of network code need: connections without a network, a clock that is moved by hand,
 * and the contract that every channel keeps, as a list of cases for any test framework.
 */
@NullMarked
package io.loomline.testing;

import org.jspecify.annotations.NullMarked;
