package io.loomline.tls.keys;

import org.jspecify.annotations.Nullable;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Chooses the identity of a server by the name that the client asks for: one for exactly this name,
 * else one for a wildcard, else the first. Among those for the name, the type of the key decides.
 *
 * <p>Chooses the identity of a client by the authorities that the server accepts, else the first.
 *
 * <p><i>Threads:</i> any number.
 */
public final class SniKeyManager extends X509ExtendedKeyManager {
    private final List<PinnedIdentities> identities;

    /**
     * A key manager.
     *
     * @param identities the identities, the default one first; asked at each handshake
     * @throws IllegalArgumentException if there are none
     */
    public SniKeyManager(List<? extends Supplier<Identity>> identities) {
        if (identities.isEmpty()) {
            throw new IllegalArgumentException("identities is empty: expected at least 1");
        }
        List<PinnedIdentities> pinned = new ArrayList<>();
        for (Supplier<Identity> each : identities) {
            pinned.add(new PinnedIdentities("identity-" + pinned.size() + "-", each));
        }
        this.identities = List.copyOf(pinned);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return serverAlias(keyType, engine == null ? null : engine.getHandshakeSession());
    }

    @Override
    public @Nullable String chooseServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return serverAlias(keyType, handshakeOf(socket));
    }

    private static @Nullable SSLSession handshakeOf(@Nullable Socket socket) {
        return socket instanceof SSLSocket secure ? secure.getHandshakeSession() : null;
    }

    private @Nullable String serverAlias(String keyType, @Nullable SSLSession handshake) {
        return forName(RequestedName.of(handshake)).stream()
                .filter(each -> KeyType.matches(each.identity(), keyType))
                .filter(each -> KeyType.isAccepted(each.identity(), handshake))
                .map(PinnedIdentities.Pinned::alias)
                .findFirst()
                .orElse(null);
    }

    /** A name may have several identities, with keys of different types. */
    private List<PinnedIdentities.Pinned> forName(RequestedName name) {
        List<PinnedIdentities.Pinned> all = current();
        List<PinnedIdentities.Pinned> exact = withHost(all, name, RequestedName::isExactly);
        if (!exact.isEmpty()) return exact;
        List<PinnedIdentities.Pinned> wild = withHost(all, name, RequestedName::isCoveredBy);
        return wild.isEmpty() ? defaults(all) : wild;
    }

    private List<PinnedIdentities.Pinned> current() {
        return identities.stream().map(PinnedIdentities::current).toList();
    }

    private static List<PinnedIdentities.Pinned> withHost(
            List<PinnedIdentities.Pinned> all,
            RequestedName name,
            BiPredicate<RequestedName, String> rule) {
        return all.stream()
                .filter(each -> each.hosts().stream().anyMatch(host -> rule.test(name, host)))
                .toList();
    }

    /** The first, and those for one of its names, which have a key of another type. */
    private static List<PinnedIdentities.Pinned> defaults(List<PinnedIdentities.Pinned> all) {
        PinnedIdentities.Pinned first = all.getFirst();
        return all.stream()
                .filter(each ->
                        each == first || each.hosts().stream().anyMatch(first.hosts()::contains))
                .toList();
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return clientAlias(keyTypes, issuers);
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return clientAlias(keyTypes, issuers);
    }

    private @Nullable String clientAlias(String[] keyTypes, Principal @Nullable [] issuers) {
        List<PinnedIdentities.Pinned> fitting =
                current().stream().filter(each -> hasType(each.identity(), keyTypes)).toList();
        return fitting.stream()
                .filter(each -> isIssuedByAny(each.identity(), issuers))
                .findFirst()
                .or(() -> fitting.stream().findFirst())
                .map(PinnedIdentities.Pinned::alias)
                .orElse(null);
    }

    private static boolean hasType(Identity identity, String... keyTypes) {
        return Arrays.stream(keyTypes).anyMatch(type -> KeyType.matches(identity, type));
    }

    /** A server that names no authority accepts any. */
    private static boolean isIssuedByAny(Identity identity, Principal @Nullable [] issuers) {
        if (issuers == null || issuers.length == 0) return true;
        List<Principal> accepted = List.of(issuers);
        return identity.chain().stream()
                .map(X509Certificate::getIssuerX500Principal)
                .anyMatch(accepted::contains);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return aliases(each -> KeyType.matches(each, keyType));
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return aliases(each -> KeyType.matches(each, keyType) && isIssuedByAny(each, issuers));
    }

    private String @Nullable [] aliases(Predicate<Identity> rule) {
        String[] found =
                current().stream()
                        .filter(each -> rule.test(each.identity()))
                        .map(PinnedIdentities.Pinned::alias)
                        .toArray(String[]::new);
        return found.length == 0 ? null : found;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
        Identity identity = find(alias);
        return identity == null ? null : identity.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
        Identity identity = find(alias);
        return identity == null ? null : identity.key();
    }

    private @Nullable Identity find(@Nullable String alias) {
        if (alias == null) return null;
        return identities.stream()
                .flatMap(each -> Stream.ofNullable(each.find(alias)))
                .findFirst()
                .orElse(null);
    }
}
