/**
 * The contracts of channels and connections as test cases, for writers of drivers. It needs no test
 * framework.
 */
@NullMarked
package io.loomline.testing.contract;

import org.jspecify.annotations.NullMarked;
