package io.loomline.proxy;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A header of the PROXY protocol: the addresses of the client's connection, with which a proxy
 * begins its own connection to the server. A server gets it from {@code Connection.proxyHeader()}.
 * A proxy sends it with {@code ConnectOptions.withProxyHeader}:
 *
 * {@snippet lang=java :
 * var header = ProxyHeader.v2(client.remoteAddress(), client.localAddress());
 * runtime.connect(backend, ConnectOptions.DEFAULT.withProxyHeader(header));
 * }
 *
 * <p>Instances do not change.
 */
public final class ProxyHeader {
    private static final int TEXT = 1;
    private static final int BINARY = 2;

    private final int version;
    private final boolean isLocal;
    private final @Nullable Endpoints endpoints;
    private final List<ProxyTlv> tlvs;
    private final @Nullable SocketAddress proxy;

    private ProxyHeader(int version, BinaryFormat.Content content, @Nullable SocketAddress proxy) {
        this.version = version;
        this.isLocal = content.isLocal();
        this.endpoints = content.endpoints();
        this.tlvs = content.tlvs();
        this.proxy = proxy;
    }

    /** A header that was received in text. */
    static ProxyHeader received(@Nullable Endpoints endpoints, SocketAddress proxy) {
        var content = new BinaryFormat.Content(false, endpoints, List.of());
        return new ProxyHeader(TEXT, content, proxy);
    }

    /** A header that was received in binary. */
    static ProxyHeader received(BinaryFormat.Content content, SocketAddress proxy) {
        return new ProxyHeader(BINARY, content, proxy);
    }

    /**
     * A header of version 1, a line of text, which only has internet addresses.
     *
     * @param source the address of the client
     * @param destination the address that the client has connected to
     * @return the header
     * @throws IllegalArgumentException if one of them is not a resolved internet address
     */
    public static ProxyHeader v1(SocketAddress source, SocketAddress destination) {
        var endpoints = new Endpoints(source, destination);
        if (!endpoints.isInternet()) {
            throw new IllegalArgumentException(
                    "source %s and destination %s: expected internet addresses in version 1"
                            .formatted(source, destination));
        }
        return new ProxyHeader(TEXT, new BinaryFormat.Content(false, endpoints, List.of()), null);
    }

    /**
     * A header of version 2, in binary. If one address is IPv4 and the other is IPv6, both are sent
     * as IPv6. The client of a Unix-domain socket usually has no path: it is sent as unnamed.
     *
     * @param source the address of the client
     * @param destination the address that the client has connected to
     * @return the header
     * @throws IllegalArgumentException if they are neither two resolved internet addresses nor two
     *     Unix-domain addresses, whose paths have at most 108 bytes
     */
    public static ProxyHeader v2(SocketAddress source, SocketAddress destination) {
        var endpoints = Endpoints.of(source, destination);
        return new ProxyHeader(BINARY, new BinaryFormat.Content(false, endpoints, List.of()), null);
    }

    /**
     * A header of version 2 for a connection that the proxy makes on its own account, such as a
     * health check. The server uses the addresses of the connection itself.
     *
     * @return the header
     */
    public static ProxyHeader local() {
        return new ProxyHeader(BINARY, new BinaryFormat.Content(true, null, List.of()), null);
    }

    /**
     * A copy with a further value.
     *
     * @param type the type, such as {@link ProxyTlv#AUTHORITY}; 0xE0 to 0xEF are free for
     *     applications
     * @param value its bytes
     * @return the copy
     * @throws IllegalArgumentException if the value is malformed for its type, the header becomes
     *     longer than 65,551 bytes, or the type is {@link ProxyTlv#CRC32C}, for which there is
     *     {@link #withChecksum}
     * @throws IllegalStateException if this header is of version 1 or has no addresses
     */
    public ProxyHeader withTlv(int type, byte[] value) {
        if (type == ProxyTlv.CRC32C) {
            throw new IllegalArgumentException(
                    "TLV type 0x03, the checksum: expected a call of withChecksum");
        }
        return with(new ProxyTlv(type, value));
    }

    /**
     * A copy with a checksum, which {@link #encode} calculates. It has no effect if there is one.
     *
     * @return the copy
     * @throws IllegalStateException if this header is of version 1 or has no addresses
     */
    public ProxyHeader withChecksum() {
        boolean present = tlv(ProxyTlv.CRC32C).isPresent();
        return present ? this : with(new ProxyTlv(ProxyTlv.CRC32C, new byte[Integer.BYTES]));
    }

    private ProxyHeader with(ProxyTlv tlv) {
        if (version == TEXT || endpoints == null) {
            throw new IllegalStateException(
                    this + " cannot have a TLV: expected version 2, with addresses");
        }
        BinaryFormat.check(tlv);
        List<ProxyTlv> all = new ArrayList<>(tlvs);
        all.add(tlv);
        BinaryFormat.blockBytes(endpoints, all); // checks their length
        return new ProxyHeader(
                version, new BinaryFormat.Content(false, endpoints, List.copyOf(all)), proxy);
    }

    /**
     * The bytes to send. A checksum is calculated anew.
     *
     * @return the header in its own version
     */
    public byte[] encode() {
        if (version == TEXT) return TextFormat.encode(endpoints);
        return BinaryFormat.encode(new BinaryFormat.Content(isLocal, endpoints, tlvs));
    }

    /**
     * The version.
     *
     * @return 1 for text, 2 for binary
     */
    public int version() {
        return version;
    }

    /**
     * Whether the proxy made the connection on its own account, such as for a health check.
     *
     * @return true for the command LOCAL, false for the command PROXY
     */
    public boolean isLocal() {
        return isLocal;
    }

    /**
     * The client.
     *
     * @return its address; empty if the header {@linkplain #isLocal is local}, or the proxy does
     *     not know the client or cannot express its address. The header of a datagram has none
     *     either.
     */
    public Optional<SocketAddress> source() {
        return Optional.ofNullable(endpoints).map(Endpoints::source);
    }

    /**
     * The address that the client has connected to.
     *
     * @return the address; empty if the {@link #source} is
     */
    public Optional<SocketAddress> destination() {
        return Optional.ofNullable(endpoints).map(Endpoints::destination);
    }

    /**
     * The proxy that has sent this header.
     *
     * @return the address that it connects from; empty for a header that was made here
     */
    public Optional<SocketAddress> proxyAddress() {
        return Optional.ofNullable(proxy);
    }

    /**
     * All values, in their order, with padding and unknown types among them.
     *
     * @return an immutable list; empty for a header of version 1 or a {@linkplain #isLocal local}
     *     one
     */
    public List<ProxyTlv> tlvs() {
        return tlvs;
    }

    /**
     * The first value of a type.
     *
     * @param type the type, such as {@link ProxyTlv#UNIQUE_ID}
     * @return its bytes; empty if there is none
     */
    public Optional<byte[]> tlv(int type) {
        return TlvFormat.first(tlvs, type);
    }

    /**
     * The protocol above, which the client and the proxy have negotiated by ALPN.
     *
     * @return the name; empty if the proxy did not send it, or it is not in UTF-8
     */
    public Optional<String> applicationProtocol() {
        return TlvFormat.firstText(tlvs, ProxyTlv.ALPN);
    }

    /**
     * The host name that the client asked for, as in the server name of TLS.
     *
     * @return the name; empty if the proxy did not send it, or not in UTF-8
     */
    public Optional<String> authority() {
        return TlvFormat.firstText(tlvs, ProxyTlv.AUTHORITY);
    }

    /**
     * The identifier that the proxy gives to the connection.
     *
     * @return at most 128 bytes; empty if the proxy did not send it
     */
    public Optional<byte[]> uniqueId() {
        return tlv(ProxyTlv.UNIQUE_ID);
    }

    /**
     * The network namespace.
     *
     * @return its name; empty if the proxy did not send it, or not in UTF-8
     */
    public Optional<String> networkNamespace() {
        return TlvFormat.firstText(tlvs, ProxyTlv.NETNS);
    }

    /**
     * What the proxy knows about the client's TLS.
     *
     * @return the values; empty if the proxy did not send them
     */
    public Optional<ProxySsl> ssl() {
        return tlv(ProxyTlv.SSL).map(ProxySsl::parse);
    }

    /** Whether the other one has the same content, from whichever proxy it came. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ProxyHeader header
                && version == header.version
                && isLocal == header.isLocal
                && Objects.equals(endpoints, header.endpoints)
                && tlvs.equals(header.tlvs);
    }

    @Override
    public int hashCode() {
        return Objects.hash(version, isLocal, endpoints, tlvs);
    }

    /** The version and the addresses. */
    @Override
    public String toString() {
        String addresses =
                endpoints == null
                        ? "without addresses"
                        : "from " + endpoints.source() + " to " + endpoints.destination();
        return "PROXY header v" + version + (isLocal ? " (local) " : " ") + addresses;
    }
}
