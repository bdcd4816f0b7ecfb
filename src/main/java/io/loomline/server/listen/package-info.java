/**
 * Listening sockets that outlive a process: inherited from a service manager, or passed from one
 * process to the next. Internal.
 */
@NullMarked
package io.loomline.server.listen;

import org.jspecify.annotations.NullMarked;
