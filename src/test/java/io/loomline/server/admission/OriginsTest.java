package io.loomline.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.server.AdmissionOptions;
import io.loomline.server.admission.Origins.Exceeded;
import io.loomline.server.admission.Origins.Visit;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The limits of addresses and subnets: counts, rates, and the memory that they take. */
class OriginsTest {
    private static final AdmissionOptions NONE = AdmissionOptions.DEFAULT;
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();
    private final Origins origins = new Origins(clock);

    private static void limit(Origins origins, AdmissionOptions options) {
        origins.limit(
                quota(options.maxPerAddress(), options.ratePerAddress()),
                quota(options.maxPerSubnet(), options.ratePerSubnet()));
    }

    private static Quota quota(int connections, AdmissionOptions.Rate rate) {
        return new Quota(connections, rate.connections(), rate.period());
    }

    private static SocketAddress at(String address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), 4321);
    }

    /** As a dual-stack socket may report an IPv4 client. */
    private static SocketAddress mapped(int... ipv4) throws Exception {
        byte[] bytes = new byte[16];
        bytes[10] = (byte) 0xff;
        bytes[11] = (byte) 0xff;
        for (int i = 0; i < 4; i++) bytes[12 + i] = (byte) ipv4[i];
        return new InetSocketAddress(Inet6Address.getByAddress(null, bytes, -1), 4321);
    }

    private Visit enter(String address) {
        Visit visit = origins.tryEnter(at(address));
        assertNull(visit.refusal(), () -> address + " was refused");
        return visit;
    }

    private void assertRefused(Exceeded reason, String address) {
        assertEquals(reason, origins.tryEnter(at(address)).refusal());
    }

    @Test
    void addressOverItsLimitIsRefusedUntilOneLeaves() {
        limit(origins, NONE.withMaxPerAddress(2));
        Visit first = enter("192.0.2.1");
        enter("192.0.2.1");
        assertRefused(Exceeded.ADDRESS_LIMIT, "192.0.2.1");
        enter("192.0.2.2");
        origins.leave(first);
        enter("192.0.2.1");
        assertRefused(Exceeded.ADDRESS_LIMIT, "192.0.2.1");
    }

    @Test
    void subnetOfIpv4HasTwentyFourBits() {
        limit(origins, NONE.withMaxPerSubnet(2));
        enter("192.0.2.0");
        enter("192.0.2.255");
        assertRefused(Exceeded.SUBNET_LIMIT, "192.0.2.128");
        enter("192.0.3.0");
        enter("192.0.1.255");
    }

    @Test
    void subnetOfIpv6HasSixtyFourBits() {
        limit(origins, NONE.withMaxPerSubnet(2));
        enter("2001:db8:0:1::");
        enter("2001:db8:0:1:ffff:ffff:ffff:ffff");
        assertRefused(Exceeded.SUBNET_LIMIT, "2001:db8:0:1:8000::1");
        enter("2001:db8:0:2::");
        enter("2001:db8::");
    }

    @Test
    void addressesOfOneIpv6SubnetAreCountedApart() {
        limit(origins, NONE.withMaxPerAddress(1));
        enter("2001:db8::1");
        enter("2001:db8::2");
        enter("2001:db8:0:0:1::1");
        assertRefused(Exceeded.ADDRESS_LIMIT, "2001:db8::1");
    }

    @Test
    void mappedAddressIsTheIpv4Address() throws Exception {
        limit(origins, NONE.withMaxPerAddress(1).withMaxPerSubnet(2));
        enter("192.0.2.1");
        assertEquals(Exceeded.ADDRESS_LIMIT, origins.tryEnter(mapped(192, 0, 2, 1)).refusal());
        assertNull(origins.tryEnter(mapped(192, 0, 2, 2)).refusal());
        assertEquals(Exceeded.SUBNET_LIMIT, origins.tryEnter(mapped(192, 0, 2, 3)).refusal());
        assertEquals(OriginKey.of(InetAddress.ofLiteral("192.0.2.1")), keyOf(192, 0, 2, 1));
    }

    private static OriginKey keyOf(int... ipv4) throws Exception {
        return OriginKey.of(((InetSocketAddress) mapped(ipv4)).getAddress());
    }

    @Test
    void clientsOfUnixSocketsAreExempt() {
        limit(origins, NONE.withMaxPerAddress(1).withRatePerAddress(1, SECOND));
        SocketAddress unix = UnixDomainSocketAddress.of("");
        for (int i = 0; i < 10; i++) assertNull(origins.tryEnter(unix).refusal());
        assertEquals(0, origins.size());
    }

    @Test
    void addressConnectsAtItsRate() {
        limit(origins, NONE.withRatePerAddress(4, SECOND));
        for (int i = 0; i < 4; i++) origins.leave(enter("192.0.2.1"));
        assertRefused(Exceeded.ADDRESS_RATE, "192.0.2.1");
        clock.advance(Duration.ofMillis(249));
        assertRefused(Exceeded.ADDRESS_RATE, "192.0.2.1");
        clock.advance(Duration.ofMillis(1));
        enter("192.0.2.1");
        assertRefused(Exceeded.ADDRESS_RATE, "192.0.2.1");
        clock.advance(Duration.ofHours(1));
        for (int i = 0; i < 4; i++) enter("192.0.2.1");
        assertRefused(Exceeded.ADDRESS_RATE, "192.0.2.1");
    }

    @Test
    void subnetConnectsAtItsRate() {
        limit(origins, NONE.withRatePerSubnet(2, SECOND));
        enter("2001:db8::1");
        enter("2001:db8::2");
        assertRefused(Exceeded.SUBNET_RATE, "2001:db8::3");
        clock.advance(Duration.ofMillis(500));
        enter("2001:db8::3");
    }

    @Test
    void refusedConnectsDoNotCountForTheRate() {
        limit(origins, NONE.withRatePerAddress(1, SECOND));
        enter("192.0.2.1");
        for (int i = 0; i < 100; i++) assertRefused(Exceeded.ADDRESS_RATE, "192.0.2.1");
        clock.advance(SECOND);
        enter("192.0.2.1");
    }

    @Test
    void hugePeriodsDoNotOverflow() {
        limit(origins, NONE.withRatePerAddress(1, Duration.ofSeconds(Long.MAX_VALUE)));
        enter("192.0.2.1");
        assertRefused(Exceeded.ADDRESS_RATE, "192.0.2.1");
        clock.advance(Duration.ofDays(365));
        assertRefused(Exceeded.ADDRESS_RATE, "192.0.2.1");
    }

    @Test
    void otherRateForgetsTheConnectsSoFar() {
        limit(origins, NONE.withRatePerAddress(1, Duration.ofDays(1)));
        enter("192.0.2.1");
        origins.leave(enter("192.0.2.2"));
        limit(origins, NONE.withRatePerAddress(1, SECOND));
        enter("192.0.2.1");
        enter("192.0.2.2");
        assertRefused(Exceeded.ADDRESS_RATE, "192.0.2.1");
    }

    @Test
    void originsAreForgottenWhenTheirConnectionsHaveEnded() {
        limit(origins, NONE.withMaxPerAddress(10));
        List<Visit> visits = new ArrayList<>();
        for (int i = 0; i < 100; i++) visits.add(enter("192.0.2." + i));
        assertEquals(100, origins.connections());
        visits.forEach(origins::leave);
        assertEquals(0, origins.connections());
        assertEquals(0, origins.size());
    }

    @Test
    void recentOriginsAreForgottenAfterTheirPeriod() {
        limit(origins, NONE.withRatePerAddress(1, SECOND));
        for (int i = 0; i < 100; i++) origins.leave(enter("192.0.2." + i));
        assertEquals(100, origins.size());
        clock.advance(SECOND);
        for (int i = 0; i < 50; i++) origins.leave(enter("198.51.100.1" + i));
        assertTrue(origins.size() <= 50, () -> origins.size() + " origins");
    }

    @Test
    void manyAddressesTakeBoundedMemoryAndTheOldestIsForgotten() {
        var bounded = new Origins(clock, 100);
        limit(bounded, NONE.withRatePerAddress(1, Duration.ofDays(1)));
        for (int i = 0; i < 10_000; i++) {
            bounded.leave(bounded.tryEnter(at("10.0." + i / 256 + "." + i % 256)));
            assertTrue(bounded.size() <= 101, () -> bounded.size() + " origins");
        }
        assertNull(bounded.tryEnter(at("10.0.0.0")).refusal());
        assertEquals(Exceeded.ADDRESS_RATE, bounded.tryEnter(at("10.0.39.15")).refusal());
    }

    @Test
    void nothingIsCountedWithoutLimits() {
        Visit visit = enter("192.0.2.1");
        assertFalse(visit.isCounted());
        assertEquals(0, origins.size());
        limit(origins, NONE.withMaxPerAddress(1));
        origins.leave(visit);
        enter("192.0.2.1");
        assertEquals(1, origins.connections());
    }

    @Test
    void countedVisitsLeaveAfterTheLimitsWereRemoved() {
        limit(origins, NONE.withMaxPerAddress(1));
        Visit visit = enter("192.0.2.1");
        limit(origins, NONE);
        origins.leave(visit);
        assertEquals(0, origins.size());
    }

    @Test
    void presentConnectionsAreCountedAndDoNotUseUpTheRate() {
        limit(origins, NONE.withRatePerAddress(2, SECOND).withMaxPerAddress(1_003));
        List<Visit> present = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) present.add(origins.count(at("192.0.2.1")));
        enter("192.0.2.1");
        enter("192.0.2.1");
        assertRefused(Exceeded.ADDRESS_RATE, "192.0.2.1");
        clock.advance(SECOND);
        enter("192.0.2.1");
        assertRefused(Exceeded.ADDRESS_LIMIT, "192.0.2.1");
        present.forEach(origins::leave);
        assertEquals(3, origins.connections());
    }
}
