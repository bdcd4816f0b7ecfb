/**
 * Clients: connecting by host name, with several addresses, through proxies and within a timeout;
 * and reconnecting.
 */
@NullMarked
package io.loomline.connect;

import org.jspecify.annotations.NullMarked;
