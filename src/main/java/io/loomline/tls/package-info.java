/**
 * TLS: {@link io.loomline.tls.Tls} says how to speak it, and is passed to the options of a connect
 * or a server, or to {@code Connection.startTls}.
 */
@NullMarked
package io.loomline.tls;

import org.jspecify.annotations.NullMarked;
