/**
 * The command that shows what another process does with the library, and the agent that it loads
 * there. Internal. The command runs from the jar alone, so it uses no class that logs.
 */
@NullMarked
package io.loomline.observe.command;

import org.jspecify.annotations.NullMarked;
