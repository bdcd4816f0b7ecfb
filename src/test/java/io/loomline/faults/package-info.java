/** Faults injected for real, the table of what became of them, and the soak. */
package io.loomline.faults;
