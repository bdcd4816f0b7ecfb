/** The PROXY protocol: its header, and who may send one. */
@NullMarked
package io.loomline.proxy;

import org.jspecify.annotations.NullMarked;
