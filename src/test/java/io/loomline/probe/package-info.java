/** What several tests look with: connections with a peer, calls that block, states, leftovers. */
package io.loomline.probe;
