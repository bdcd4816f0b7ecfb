/** TLS records: sealing, opening and the handshake, over any channel. Internal. */
@NullMarked
package io.loomline.tls.record;

import org.jspecify.annotations.NullMarked;
