/**
 * Callbacks over connections, for those who want them: a {@link io.loomline.protocol.Protocol} is
 * told what happens, a {@link io.loomline.protocol.Transport} takes what it has to say. The adapter
 * is an ordinary {@link io.loomline.net.ConnectionHandler}:
 *
 * {@snippet :
 * runtime.listen(7000, Protocols.handler(Echo::new));
 * }
 */
@NullMarked
package io.loomline.protocol;

import org.jspecify.annotations.NullMarked;
