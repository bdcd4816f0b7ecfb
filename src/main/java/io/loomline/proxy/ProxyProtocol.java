package io.loomline.proxy;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Who may send a header of the PROXY protocol, and its bounds.
 *
 * @param trusted the addresses of the proxies: an address, or a range such as {@code 10.0.0.0/8}
 * @param timeout the longest time from the accept to the end of the header
 * @param maxBytes the largest size of a header of version 2
 */
public record ProxyProtocol(List<String> trusted, Duration timeout, int maxBytes) {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);
    private static final int DEFAULT_MAX_BYTES = 4096;

    /** Checks the values. */
    public ProxyProtocol {
        trusted = List.copyOf(trusted);
        Objects.requireNonNull(timeout, "timeout");
    }

    /**
     * Accepts headers from these addresses only; any other client is refused.
     *
     * @param trusted addresses, or ranges such as {@code 10.0.0.0/8}
     * @return the options
     */
    public static ProxyProtocol from(String... trusted) {
        return new ProxyProtocol(List.of(trusted), DEFAULT_TIMEOUT, DEFAULT_MAX_BYTES);
    }
}
