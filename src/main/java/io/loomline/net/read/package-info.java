/** The input of a connection: lines, bytes, frames and files, out of the window of unread bytes. */
@NullMarked
package io.loomline.net.read;

import org.jspecify.annotations.NullMarked;
