package io.loomline.server;

import java.time.Duration;
import java.util.Objects;

/**
 * Which clients a server serves, and what happens to the others. {@link Server#admission} changes
 * the options of a running server.
 *
 * <p>A client is <i>delayed</i> if the server does not accept it yet: it waits in the backlog. The
 * server delays clients while the process is short of descriptors, heap or processors, or while the
 * connections of the runtime {@linkplain io.loomline.RuntimeOptions#maxHeldBytes hold too many
 * bytes}. It accepts again by itself. {@link Server#delays} counts these pauses.
 *
 * <p>A client is <i>refused</i> if the server accepts it, sends the farewell and closes it, before
 * it spends a task or a TLS handshake on it. Clients over a limit of their address or subnet are
 * always refused: if they waited, the clients behind them in the backlog would wait too. {@link
 * Server#refusals} counts refused clients. A client of a TLS server gets no farewell.
 *
 * <p>The limits of addresses and subnets apply to IP addresses only. Clients of a Unix-domain
 * socket are exempt. Behind {@linkplain ServerOptions#withProxyProtocol proxies}, the limits apply
 * to the address that the proxy announces. An IPv4-mapped IPv6 address counts as the IPv4 address.
 * The memory for them is bounded: of the addresses without connections, the server remembers the
 * last 65,536 that have connected within the period of their rate, and as many subnets.
 *
 * @param overLimit what happens to a client over the connection limit
 * @param farewell the text that a refused client gets, with its line ending, in UTF-8; empty for
 *     none. It is sent only as far as the kernel takes it at once, so keep it short.
 * @param maxPerAddress how many connections one address may have at a time
 * @param maxPerSubnet how many connections one subnet may have at a time: an IPv6 network of 64
 *     bits, an IPv4 network of 24 bits
 * @param ratePerAddress how often one address may connect
 * @param ratePerSubnet how often one subnet may connect
 * @param descriptorsPerConnection how many descriptors a connection needs; 2 for a proxy, which
 *     also connects
 * @param maxLag how long a task that is ready to run may wait for a processor before no further
 *     client is accepted
 */
public record AdmissionOptions(
        OverLimit overLimit,
        String farewell,
        int maxPerAddress,
        int maxPerSubnet,
        Rate ratePerAddress,
        Rate ratePerSubnet,
        int descriptorsPerConnection,
        Duration maxLag) {
    /**
     * A number of connects in a period: as many may come at once, and on average over time as many
     * in each period. Refused connects do not count.
     *
     * @param connections the number
     * @param period the period
     */
    public record Rate(int connections, Duration period) {
        /** No limit. */
        public static final Rate UNLIMITED = new Rate(Integer.MAX_VALUE, Duration.ofSeconds(1));

        /**
         * Checks the values.
         *
         * @throws IllegalArgumentException if the number is less than 1, or the period is not
         *     positive
         */
        public Rate {
            requireAtLeastOne("connections", connections);
            if (!Objects.requireNonNull(period, "period").isPositive()) {
                throw new IllegalArgumentException("period " + period + ": expected more than 0");
            }
        }
    }

    /** Clients over the connection limit wait in the backlog. No limits for single origins. */
    public static final AdmissionOptions DEFAULT =
            new AdmissionOptions(
                    OverLimit.WAIT,
                    "",
                    Integer.MAX_VALUE,
                    Integer.MAX_VALUE,
                    Rate.UNLIMITED,
                    Rate.UNLIMITED,
                    1,
                    Duration.ofSeconds(1));

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a number is less than 1, or the lag is not positive
     */
    public AdmissionOptions {
        Objects.requireNonNull(overLimit, "overLimit");
        Objects.requireNonNull(farewell, "farewell");
        requireAtLeastOne("maxPerAddress", maxPerAddress);
        requireAtLeastOne("maxPerSubnet", maxPerSubnet);
        Objects.requireNonNull(ratePerAddress, "ratePerAddress");
        Objects.requireNonNull(ratePerSubnet, "ratePerSubnet");
        requireAtLeastOne("descriptorsPerConnection", descriptorsPerConnection);
        if (!Objects.requireNonNull(maxLag, "maxLag").isPositive()) {
            throw new IllegalArgumentException("maxLag " + maxLag + ": expected more than 0");
        }
    }

    static void requireAtLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " " + value + ": expected 1 or more");
        }
    }

    /**
     * A copy with another {@code overLimit}.
     *
     * @param overLimit what happens to a client over the connection limit
     * @return the copy
     */
    public AdmissionOptions withOverLimit(OverLimit overLimit) {
        return new AdmissionOptions(
                overLimit,
                farewell,
                maxPerAddress,
                maxPerSubnet,
                ratePerAddress,
                ratePerSubnet,
                descriptorsPerConnection,
                maxLag);
    }

    /**
     * A copy with another {@code farewell}. With {@link OverLimit#WAIT} or {@link
     * OverLimit#CLOSE_IDLE}, only a limit of an address or a subnet refuses clients; without such a
     * limit, nobody gets the farewell. A TLS server sends none.
     *
     * @param farewell the text that a refused client gets; empty for none. It is sent as it is, so
     *     include the line ending, such as {@code \r\n}.
     * @return the copy
     */
    public AdmissionOptions withFarewell(String farewell) {
        return new AdmissionOptions(
                overLimit,
                farewell,
                maxPerAddress,
                maxPerSubnet,
                ratePerAddress,
                ratePerSubnet,
                descriptorsPerConnection,
                maxLag);
    }

    /**
     * A copy with another {@code maxPerAddress}.
     *
     * @param maxPerAddress how many connections one address may have at a time
     * @return the copy
     * @throws IllegalArgumentException if it is less than 1
     */
    public AdmissionOptions withMaxPerAddress(int maxPerAddress) {
        return new AdmissionOptions(
                overLimit,
                farewell,
                maxPerAddress,
                maxPerSubnet,
                ratePerAddress,
                ratePerSubnet,
                descriptorsPerConnection,
                maxLag);
    }

    /**
     * A copy with another {@code maxPerSubnet}.
     *
     * @param maxPerSubnet how many connections one subnet may have at a time: an IPv6 network of 64
     *     bits, an IPv4 network of 24 bits
     * @return the copy
     * @throws IllegalArgumentException if it is less than 1
     */
    public AdmissionOptions withMaxPerSubnet(int maxPerSubnet) {
        return new AdmissionOptions(
                overLimit,
                farewell,
                maxPerAddress,
                maxPerSubnet,
                ratePerAddress,
                ratePerSubnet,
                descriptorsPerConnection,
                maxLag);
    }

    /**
     * A copy with another {@code ratePerAddress}.
     *
     * @param connections the number of connects
     * @param period the period
     * @return the copy
     * @throws IllegalArgumentException if the number is less than 1, or the period is not positive
     */
    public AdmissionOptions withRatePerAddress(int connections, Duration period) {
        return new AdmissionOptions(
                overLimit,
                farewell,
                maxPerAddress,
                maxPerSubnet,
                new Rate(connections, period),
                ratePerSubnet,
                descriptorsPerConnection,
                maxLag);
    }

    /**
     * A copy with another {@code ratePerSubnet}.
     *
     * @param connections the number of connects
     * @param period the period
     * @return the copy
     * @throws IllegalArgumentException if the number is less than 1, or the period is not positive
     */
    public AdmissionOptions withRatePerSubnet(int connections, Duration period) {
        return new AdmissionOptions(
                overLimit,
                farewell,
                maxPerAddress,
                maxPerSubnet,
                ratePerAddress,
                new Rate(connections, period),
                descriptorsPerConnection,
                maxLag);
    }

    /**
     * A copy with another {@code descriptorsPerConnection}.
     *
     * @param descriptorsPerConnection how many descriptors a connection needs; 2 for a proxy, which
     *     also connects
     * @return the copy
     * @throws IllegalArgumentException if it is less than 1
     */
    public AdmissionOptions withDescriptorsPerConnection(int descriptorsPerConnection) {
        return new AdmissionOptions(
                overLimit,
                farewell,
                maxPerAddress,
                maxPerSubnet,
                ratePerAddress,
                ratePerSubnet,
                descriptorsPerConnection,
                maxLag);
    }

    /**
     * A copy with another {@code maxLag}.
     *
     * @param maxLag how long a task that is ready to run may wait for a processor before no further
     *     client is accepted
     * @return the copy
     * @throws IllegalArgumentException if it is not positive
     */
    public AdmissionOptions withMaxLag(Duration maxLag) {
        return new AdmissionOptions(
                overLimit,
                farewell,
                maxPerAddress,
                maxPerSubnet,
                ratePerAddress,
                ratePerSubnet,
                descriptorsPerConnection,
                maxLag);
    }
}
