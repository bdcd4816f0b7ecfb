/**
 * The contracts of channels and connections as lists of test cases, for authors of drivers. They
 * work with any test framework.
 *
 * <p>Start with {@link io.loomline.testing.contract.ChannelContract}; {@link
 * io.loomline.testing.contract.ConnectionContract} checks the connections on top of those channels.
 */
@NullMarked
package io.loomline.testing.contract;

import org.jspecify.annotations.NullMarked;
