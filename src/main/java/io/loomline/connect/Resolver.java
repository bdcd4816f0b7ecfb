package io.loomline.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/**
 * Resolves host names to addresses. The default is {@link #SYSTEM}. A resolver of your own can use
 * another service, cache answers, or define the addresses of a name in a test.
 */
@FunctionalInterface
public interface Resolver {
    /** Resolves as the JDK does: hosts file, DNS, and the other sources the system configures. */
    Resolver SYSTEM = host -> List.of(InetAddress.getAllByName(host));

    /**
     * All addresses of a host, in order of preference. <i>Blocks</i>, on a thread of a small pool.
     * Callers that look up the same name at the same time share one answer.
     *
     * <p><i>Cancellation:</i> ends the wait of a caller, and not the lookup itself.
     *
     * @param host the name
     * @return its addresses
     * @throws IOException if the name has no address, or the lookup fails
     */
    List<InetAddress> resolve(String host) throws IOException;
}
