package io.loomline.driver;

import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;

/**
 * Who is at the other end of a Unix-domain socket, as the kernel noted when the peer connected, or
 * began to listen: SO_PEERCRED in unix(7). The peer cannot lie about it.
 *
 * @param user the effective user of the peer's process
 * @param group its effective group
 */
public record PeerCredentials(UserPrincipal user, GroupPrincipal group) {}
