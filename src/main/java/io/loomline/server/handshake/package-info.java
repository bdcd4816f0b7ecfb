/** The TLS handshakes of a server. Internal. */
@NullMarked
package io.loomline.server.handshake;

import org.jspecify.annotations.NullMarked;
