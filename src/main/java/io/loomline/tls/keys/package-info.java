/**
 * Private keys and certificates for TLS: reading PEM files, reloading them, choosing one by server
 * name, and trusted certificates. Internal.
 */
@NullMarked
package io.loomline.tls.keys;

import org.jspecify.annotations.NullMarked;
