package io.loomline.tls;

import io.loomline.tls.keys.Identity;
import io.loomline.tls.keys.ReloadingIdentity;
import io.loomline.tls.keys.SniKeyManager;
import io.loomline.tls.keys.TrustedCertificates;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The source of an {@link SSLContext}: one that the user made, or one made of certificates. The
 * latter is made anew when a certificate changes, so that no session of the old one is resumed.
 *
 * <p><i>Threads:</i> any.
 */
final class TlsContext {
    /** How many sessions a context keeps. Peers cause them. */
    private static final int MAX_SESSIONS = 10_000;

    private final @Nullable SSLContext given;
    private final List<ReloadingIdentity> identities;
    private final @Nullable X509ExtendedTrustManager trusted;

    private final ReentrantLock lock = new ReentrantLock();

    /** A context, and the certificates that it was made of. */
    private record Made(SSLContext context, List<Identity> of) {}

    /** Written under the lock. */
    private volatile @Nullable Made made;

    /** Whether an absent {@code trusted} stands for what the JDK trusts, else for nobody. */
    private final boolean trustsSystem;

    private TlsContext(
            boolean trustsSystem,
            @Nullable SSLContext given,
            List<ReloadingIdentity> identities,
            @Nullable X509ExtendedTrustManager trusted) {
        this.trustsSystem = trustsSystem;
        this.given = given;
        this.identities = List.copyOf(identities);
        this.trusted = trusted;
    }

    static TlsContext given(SSLContext context) {
        return new TlsContext(false, context, List.of(), null);
    }

    /**
     * A context of certificates.
     *
     * @param isClient whether an absent {@code trusted} stands for what the JDK trusts
     * @param identities the own certificates, the default one first
     * @param trusted checks the peers' certificates; null for the default
     */
    static TlsContext of(
            boolean isClient,
            List<ReloadingIdentity> identities,
            @Nullable X509ExtendedTrustManager trusted) {
        return new TlsContext(isClient, null, identities, trusted);
    }

    @Override
    public String toString() {
        return given != null ? "an SSLContext" : "certificates " + identities;
    }

    boolean isGiven() {
        return given != null;
    }

    List<ReloadingIdentity> identities() {
        return identities;
    }

    @Nullable X509ExtendedTrustManager trusted() {
        return trusted;
    }

    SSLContext context() throws IOException {
        if (given != null) return given;
        List<Identity> present = identities.stream().map(ReloadingIdentity::get).toList();
        SSLContext found = madeOf(present);
        return found == null ? make(present) : found;
    }

    /** The cipher suites that the provider knows. */
    List<String> cipherSuites() {
        try {
            SSLContext any = given == null ? SSLContext.getDefault() : given;
            return List.of(any.getSupportedSSLParameters().getCipherSuites());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has no TLS", e);
        }
    }

    private @Nullable SSLContext madeOf(List<Identity> present) {
        Made found = made;
        if (found == null) return null;
        for (int i = 0; i < present.size(); i++) {
            if (found.of().get(i) != present.get(i)) return null;
        }
        return found.context();
    }

    private SSLContext make(List<Identity> present) throws IOException {
        lock.lock();
        try {
            SSLContext found = madeOf(present); // another thread may have been faster
            if (found != null) return found;
            SSLContext context = make(keysOf(present));
            made = new Made(context, present);
            return context;
        } finally {
            lock.unlock();
        }
    }

    private static KeyManager[] keysOf(List<Identity> identities) {
        if (identities.isEmpty()) return new KeyManager[0];
        List<Supplier<Identity>> fixed =
                identities.stream().<Supplier<Identity>>map(each -> () -> each).toList();
        return new KeyManager[] {new SniKeyManager(fixed)};
    }

    private SSLContext make(KeyManager[] keys) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, trust(), null);
            context.getServerSessionContext().setSessionCacheSize(MAX_SESSIONS);
            context.getClientSessionContext().setSessionCacheSize(MAX_SESSIONS);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("the JDK has no TLS", e);
        }
    }

    private TrustManager[] trust() throws IOException {
        if (trusted != null) return new TrustManager[] {trusted};
        if (!trustsSystem) return new TrustManager[0]; // the JDK then trusts nobody
        return new TrustManager[] {new PeerVerifier(TrustedCertificates.ofSystem())};
    }
}
