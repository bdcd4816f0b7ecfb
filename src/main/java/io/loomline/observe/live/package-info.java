/** Takes snapshots of running runtimes, and answers the command. Internal. */
@NullMarked
package io.loomline.observe.live;

import org.jspecify.annotations.NullMarked;
