/** Fixtures of several tests: connected pairs, blocking calls, fake drivers, child programs. */
package io.loomline.probe;
