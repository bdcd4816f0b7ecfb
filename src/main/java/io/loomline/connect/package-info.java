/**
 * Clients: connecting, with host names, several addresses, proxies and time limits, and staying
 * connected.
 */
@NullMarked
package io.loomline.connect;

import org.jspecify.annotations.NullMarked;
