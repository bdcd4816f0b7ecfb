/** How the failures of handlers are logged. */
@NullMarked
package io.loomline.server.failure;

import org.jspecify.annotations.NullMarked;
