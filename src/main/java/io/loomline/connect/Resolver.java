package io.loomline.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/**
 * Knows the addresses of hosts. The default is the machine's own, {@link #SYSTEM}; another one asks
 * elsewhere, remembers answers, or says in a test what addresses a name has.
 */
@FunctionalInterface
public interface Resolver {
    /** Asks as the JDK does: the hosts file, DNS, and what else the machine is set up for. */
    Resolver SYSTEM = host -> List.of(InetAddress.getAllByName(host));

    /**
     * All addresses of a host, the best first. Runs on one of a few threads that are kept for it,
     * so it may block; those who wait for the answer can be cancelled, it itself is not. Callers
     * that ask for the same name at the same time share one answer.
     *
     * @param host the name
     * @return its addresses
     * @throws IOException if there are none, or nobody who knows can be asked
     */
    List<InetAddress> resolve(String host) throws IOException;
}
