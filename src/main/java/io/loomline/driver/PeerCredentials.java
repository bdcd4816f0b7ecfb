package io.loomline.driver;

import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;

/**
 * The user and the group at the other end of a Unix-domain socket. The kernel recorded them when
 * the peer connected or began to listen, so the peer cannot forge them.
 *
 * <p><i>Source:</i> SO_PEERCRED in <a
 * href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>: "This read-only socket
 * option returns the credentials of the peer process connected to this socket."
 *
 * @param user the effective user of the peer's process
 * @param group its effective group
 */
public record PeerCredentials(UserPrincipal user, GroupPrincipal group) {}
