/** The limits of single origins, and the end of refused clients. */
@NullMarked
package io.loomline.server.admission;

import org.jspecify.annotations.NullMarked;
