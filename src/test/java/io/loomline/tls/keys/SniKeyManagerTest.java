package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.security.Principal;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import javax.security.auth.x500.X500Principal;

/** What other providers than the JDK's ask a key manager, and names that engines do not send. */
class SniKeyManagerTest {
    private static final TestCertificate EC = TestCertificates.server("a.example");
    private static final TestCertificate RSA = TestCertificates.server(KeyKind.RSA, "a.example");
    private static final TestCertificate OTHER =
            TestCertificates.server(KeyKind.ED25519, "b.example");

    private static SniKeyManager of(TestCertificate... certificates) {
        return new SniKeyManager(
                List.of(certificates).stream().map(SniKeyManagerTest::supplier).toList());
    }

    private static Supplier<Identity> supplier(TestCertificate certificate) {
        Identity identity = certificate.identity();
        return () -> identity;
    }

    private static X509Certificate leaf(SniKeyManager keys, String alias) {
        return keys.getCertificateChain(alias)[0];
    }

    @Test
    void providerWithoutEngineGetsTheDefaultOfTheType() {
        SniKeyManager keys = of(EC, OTHER, RSA);
        assertEquals(EC.certificate(), serverLeaf(keys, "EC"));
        assertEquals(EC.certificate(), serverLeaf(keys, "EC_EC"));
        assertEquals(EC.certificate(), serverLeaf(keys, "ECDSA"));
        assertEquals(RSA.certificate(), serverLeaf(keys, "RSA"));
        assertNull(keys.chooseEngineServerAlias("EdDSA", null, null), "for another name");
        assertNull(keys.chooseEngineServerAlias("RSASSA-PSS", null, null));
        assertNull(keys.chooseServerAlias("DSA", null, null));
        assertEquals(OTHER.certificate(), serverLeaf(of(OTHER), "Ed25519"));
    }

    private static X509Certificate serverLeaf(SniKeyManager keys, String keyType) {
        String alias = keys.chooseEngineServerAlias(keyType, null, null);
        assertEquals(alias, keys.chooseServerAlias(keyType, null, null));
        return leaf(keys, alias);
    }

    @Test
    void unknownAliasHasNothing() {
        SniKeyManager keys = of(EC);
        assertNull(keys.getPrivateKey("identity-7-7"));
        assertNull(keys.getCertificateChain("identity-7-7"));
        assertNull(keys.getPrivateKey(null));
        assertNull(keys.getCertificateChain(null));
    }

    @Test
    void aliasStaysWithItsIdentity() {
        AtomicReference<Identity> current = new AtomicReference<>(EC.identity());
        SniKeyManager keys = new SniKeyManager(List.of(current::get));
        String before = keys.chooseEngineServerAlias("EC", null, null);
        TestCertificate renewed = TestCertificates.server("a.example");
        current.set(renewed.identity());
        String after = keys.chooseEngineServerAlias("EC", null, null);
        assertNotEquals(before, after);
        assertEquals(EC.privateKey(), keys.getPrivateKey(before));
        assertEquals(EC.certificate(), leaf(keys, before));
        assertEquals(renewed.privateKey(), keys.getPrivateKey(after));
        assertEquals(renewed.certificate(), leaf(keys, after));
    }

    @Test
    void oldIdentitiesAreForgotten() {
        Identity[] two = {EC.identity(), TestCertificates.server("a.example").identity()};
        AtomicReference<Identity> current = new AtomicReference<>(two[0]);
        SniKeyManager keys = new SniKeyManager(List.of(current::get));
        String first = keys.chooseEngineServerAlias("EC", null, null);
        String last = first;
        for (int i = 1; i < 1_000; i++) {
            current.set(two[i % 2]);
            last = keys.chooseEngineServerAlias("EC", null, null);
        }
        assertNull(keys.getPrivateKey(first));
        assertNotNull(keys.getPrivateKey(last));
    }

    @Test
    void copyOfAnIdentityHasTheSameAlias() {
        SniKeyManager keys = new SniKeyManager(List.of(EC::identity));
        String alias = keys.chooseEngineServerAlias("EC", null, null);
        assertEquals(alias, keys.chooseEngineServerAlias("EC", null, null));
    }

    @Test
    void clientIsChosenByIssuerElseTheFirst() {
        TestCertificate untrusted =
                CertificateForm.of("CN=untrusted").issuedBy(TestCertificates.untrustedCa());
        SniKeyManager keys = of(untrusted, EC, RSA);
        Principal ca = TestCertificates.ca().certificate().getSubjectX500Principal();
        Principal unknown = new X500Principal("CN=unknown");
        assertEquals(EC.certificate(), clientLeaf(keys, ca, "RSA", "EC"));
        assertEquals(RSA.certificate(), clientLeaf(keys, ca, "RSA"));
        assertEquals(untrusted.certificate(), clientLeaf(keys, unknown, "RSA", "EC"));
        assertEquals(
                untrusted.certificate(),
                leaf(keys, keys.chooseClientAlias(new String[] {"EC"}, null, null)));
        assertNull(keys.chooseEngineClientAlias(new String[] {"EdDSA"}, null, null));
    }

    private static X509Certificate clientLeaf(
            SniKeyManager keys, Principal issuer, String... keyTypes) {
        Principal[] issuers = {issuer};
        return leaf(keys, keys.chooseEngineClientAlias(keyTypes, issuers, null));
    }

    @Test
    void issuerMayBeAboveTheIntermediate() {
        TestCertificate below = TestCertificates.serverBelowIntermediate("a.example");
        TestCertificate untrusted = TestCertificates.untrustedServer("a.example");
        Principal ca = TestCertificates.ca().certificate().getSubjectX500Principal();
        assertEquals(below.certificate(), clientLeaf(of(untrusted, below), ca, "EC"));
    }

    @Test
    void aliasesAreThoseOfTheType() {
        SniKeyManager keys = of(EC, OTHER, RSA);
        Principal[] unknown = {new X500Principal("CN=unknown")};
        assertEquals(1, keys.getServerAliases("RSA", null).length);
        assertArrayEquals(keys.getServerAliases("RSA", null), keys.getClientAliases("RSA", null));
        assertNull(keys.getServerAliases("DSA", null));
        assertNull(keys.getClientAliases("RSA", unknown));
    }

    @Test
    void noIdentitiesAreRejected() {
        var e = assertThrows(IllegalArgumentException.class, () -> new SniKeyManager(List.of()));
        assertTrue(e.getMessage().contains("expected at least 1"));
    }
}
