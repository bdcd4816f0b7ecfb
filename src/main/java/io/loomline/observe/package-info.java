/**
 * What a runtime is doing right now: snapshots of its tree, as text and as JSON.
 *
 * @see io.loomline.Runtime#tree()
 * @see io.loomline.Runtime#census()
 */
@NullMarked
package io.loomline.observe;

import org.jspecify.annotations.NullMarked;
