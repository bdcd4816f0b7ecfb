/** Serves a page that shows what a runtime is doing, and its data as JSON. Internal. */
@NullMarked
package io.loomline.observe.inspector;

import org.jspecify.annotations.NullMarked;
