package io.loomline.server;

import io.loomline.driver.Channel;
import io.loomline.driver.ExhaustionException;
import io.loomline.headroom.DescriptorHeadroom;
import io.loomline.headroom.SchedulerLag;
import io.loomline.log.Loggers;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.server.admission.Origins;
import io.loomline.server.admission.Origins.Exceeded;
import io.loomline.server.admission.Origins.Visit;
import io.loomline.server.admission.Permits;
import io.loomline.server.admission.Quota;
import io.loomline.server.admission.Refusals;
import io.loomline.server.idle.IdleEviction;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Decides which clients a server serves: some checks come before the accept, and make clients wait
 * in the backlog; others come after it, and refuse the client. No task is spent on a client before
 * it has passed all of them.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
final class AdmissionControl {
    private static final Logger LOG = Loggers.of(AdmissionControl.class);
    private static final DescriptorHeadroom HEADROOM = DescriptorHeadroom.OF_THIS_PROCESS;

    /** How long an evicted connection has to end before the next one is evicted. */
    private static final Duration EVICTION = Duration.ofSeconds(1);

    /** How often idle connections are searched for while there are none. */
    private static final Duration SEARCH = Duration.ofMillis(100);

    private final Permits permits;
    private final AcceptStatistics statistics;
    private final Connections connections;
    private final Origins origins;
    private final Refusals refusals;
    private final IdleEviction eviction;

    /** Whether the clients' addresses are known only later, from a header. */
    private final boolean awaitsAddresses;

    /** Whether the first bytes of this side must be TLS, so that a refused client gets no text. */
    private final boolean speaksTls;

    private volatile AdmissionOptions options;

    /**
     * The parts that the control works with.
     *
     * @param permits bound the number of connections
     * @param statistics counts refusals and delays
     * @param connections makes the connections
     * @param refusals end refused clients
     * @param eviction ends idle connections
     */
    record Parts(
            Permits permits,
            AcceptStatistics statistics,
            Connections connections,
            Refusals refusals,
            IdleEviction eviction) {}

    AdmissionControl(Parts parts, ServerOptions options) {
        this.permits = parts.permits();
        this.statistics = parts.statistics();
        this.connections = parts.connections();
        this.refusals = parts.refusals();
        this.eviction = parts.eviction();
        this.options = options.admission();
        this.awaitsAddresses = options.proxyProtocol() != null;
        this.speaksTls = options.tls() != null;
        this.origins = new Origins(connections.clock());
        limitOrigins(options.admission());
    }

    /**
     * A connection that was let in.
     *
     * @param visit counts for its address, until it {@linkplain Origins#leave leaves}
     */
    record Accepted(Channel channel, Visit visit) {}

    AdmissionOptions options() {
        return options;
    }

    /** Sets other options. Connections over the new limits stay. */
    void options(AdmissionOptions options) {
        this.options = options;
        limitOrigins(options);
    }

    private void limitOrigins(AdmissionOptions options) {
        origins.limit(
                quota(options.maxPerAddress(), options.ratePerAddress()),
                quota(options.maxPerSubnet(), options.ratePerSubnet()));
    }

    private static Quota quota(int connections, AdmissionOptions.Rate rate) {
        return new Quota(connections, rate.connections(), rate.period());
    }

    Origins origins() {
        return origins;
    }

    /** Waits until clients of the backlog may be taken out of it. <i>Blocks.</i> */
    void awaitRoom() throws InterruptedException {
        if (!waitsInBacklog()) {
            permits.awaitResumed();
            return;
        }
        if (permits.isFull()) statistics.countDelay(AdmissionReason.CONNECTION_LIMIT);
        permits.awaitPermit(this::waitsInBacklog);
    }

    private boolean waitsInBacklog() {
        return options.overLimit() == OverLimit.WAIT;
    }

    /** Throws if the process is short of anything that a connection needs. */
    void requireResources() throws ExhaustionException {
        AdmissionOptions present = options;
        require(AdmissionReason.HEAP, HEADROOM::requireHeapForClient);
        require(AdmissionReason.HELD_BYTES, connections::requireFewHeldBytes);
        require(
                AdmissionReason.DESCRIPTORS,
                () -> HEADROOM.requireForClient(present.descriptorsPerConnection()));
        if (!HEADROOM.isServing()) return; // the lag has another cause
        require(
                AdmissionReason.LAG,
                () -> SchedulerLag.OF_THIS_JVM.requireAtMost(present.maxLag()));
    }

    private interface Check {
        void run() throws ExhaustionException;
    }

    private void require(AdmissionReason resource, Check check) throws ExhaustionException {
        try {
            check.run();
        } catch (ExhaustionException e) {
            statistics.countDelay(resource);
            throw e;
        }
    }

    /**
     * Lets a client in, or refuses it.
     *
     * @return the client; null if it was refused
     */
    @Nullable Accepted admit(Channel channel) {
        if (awaitsAddresses) return new Accepted(channel, Origins.UNKNOWN);
        Visit visit = origins.tryEnter(channel.remoteAddress());
        Exceeded refusal = visit.refusal();
        if (refusal == null) return new Accepted(channel, visit);
        refuse(channel, reason(refusal));
        return null;
    }

    static AdmissionReason reason(Exceeded refusal) {
        return switch (refusal) {
            case ADDRESS_LIMIT -> AdmissionReason.ADDRESS_LIMIT;
            case SUBNET_LIMIT -> AdmissionReason.SUBNET_LIMIT;
            case ADDRESS_RATE -> AdmissionReason.ADDRESS_RATE;
            case SUBNET_RATE -> AdmissionReason.SUBNET_RATE;
        };
    }

    /** What became of a client for which the server may have no permit. */
    enum Outcome {
        /** It has its permit. */
        ADMITTED,
        /** The server drains: the client has to wait for a permit. */
        HELD,
        REFUSED
    }

    /** Takes a permit for a client, or does what is to be done over the limit. <i>Blocks.</i> */
    Outcome takePermit(Accepted client) throws InterruptedException {
        return switch (options.overLimit()) {
            case WAIT -> acquireOrDrain();
            case CLOSE_IDLE -> evictAndAcquire();
            case REFUSE -> {
                if (permits.acquireUnlessFull()) yield Outcome.ADMITTED;
                refuse(client.channel(), AdmissionReason.CONNECTION_LIMIT);
                origins.leave(client.visit()); // if the refusal throws, the caller does it
                yield Outcome.REFUSED;
            }
        };
    }

    private Outcome acquireOrDrain() throws InterruptedException {
        return permits.acquireOrDrain() ? Outcome.ADMITTED : Outcome.HELD;
    }

    private Outcome evictAndAcquire() throws InterruptedException {
        if (permits.acquireUnlessFull()) return Outcome.ADMITTED;
        statistics.countDelay(AdmissionReason.CONNECTION_LIMIT);
        while (options.overLimit() == OverLimit.CLOSE_IDLE && !permits.isDraining()) {
            Duration time = eviction.tryEvict() ? EVICTION : SEARCH;
            permits.awaitPermit(connections.clock(), time);
            if (permits.acquireUnlessFull()) return Outcome.ADMITTED;
        }
        return acquireOrDrain();
    }

    private void refuse(Channel channel, AdmissionReason reason) {
        statistics.countRefused(reason, 1); // first: a client that sees its end is counted
        try {
            refusals.refuse(channel, speaksTls ? ByteBuffer.allocate(0) : farewell());
        } catch (Throwable e) { // the caller counts it as failed
            statistics.countRefused(reason, -1);
            throw e;
        }
    }

    private ByteBuffer farewell() {
        return StandardCharsets.UTF_8.encode(options.farewell());
    }

    /** Sends the farewell to a client that its own task refuses, if it is taken at once. */
    void bidFarewell(Connection connection) {
        if (speaksTls) return;
        try {
            connection.tryWrite(farewell());
        } catch (IOException e) {
            LOG.debug("the refused client at {} has gone", connection.remoteAddress(), e);
        }
    }

    void countDelay(AdmissionReason reason) {
        statistics.countDelay(reason);
    }

    /** How many descriptors each of the following connections needs. */
    int descriptorsPerConnection() {
        return options.descriptorsPerConnection();
    }
}
