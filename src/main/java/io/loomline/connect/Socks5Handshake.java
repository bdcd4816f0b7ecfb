package io.loomline.connect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.net.Connection;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolException;

/** Asks a SOCKS5 proxy. <i>Source:</i> RFC 1928; RFC 1929 for user and password. */
final class Socks5Handshake implements Handshake {
    private static final int VERSION = 5;
    private static final int NO_AUTHENTICATION = 0;
    private static final int USER_AND_PASSWORD = 2;
    private static final int NO_METHOD = 0xFF;

    /** Of the negotiation in RFC 1929. */
    private static final int PASSWORD_VERSION = 1;

    private static final int CONNECT = 1;
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;
    private static final int PORT_BYTES = 2;

    /** A length is one byte. */
    private static final int LONGEST_BYTES = 255;

    /**
     * RFC 1929 wants a password of 1 byte at least; servers take none, and other clients send it.
     */
    private static final int SHORTEST_PASSWORD_BYTES = 0;

    private final ProxyTarget target;
    private final @Nullable Credentials credentials;
    private final byte[] name;

    Socks5Handshake(ProxyTarget target, @Nullable Credentials credentials) {
        this.target = target;
        this.credentials = credentials;
        this.name = checked("host '" + target.host() + "'", target.host(), 1);
    }

    static void check(Credentials credentials) {
        checked("user", credentials.user(), 1);
        checked("password", credentials.password(), SHORTEST_PASSWORD_BYTES);
    }

    private static byte[] checked(String what, String text, int leastBytes) {
        byte[] bytes = text.getBytes(UTF_8);
        if (bytes.length >= leastBytes && bytes.length <= LONGEST_BYTES) return bytes;
        throw new IllegalArgumentException(
                "%s has %d bytes: SOCKS5 takes %d to %d"
                        .formatted(what, bytes.length, leastBytes, LONGEST_BYTES));
    }

    @Override
    public void run(Connection proxy) throws IOException, InterruptedException {
        authenticate(proxy);
        proxy.write(request());
        readReply(proxy);
    }

    private void authenticate(Connection proxy) throws IOException, InterruptedException {
        Credentials mine = credentials;
        proxy.write(
                mine == null
                        ? new byte[] {VERSION, 1, NO_AUTHENTICATION}
                        : new byte[] {VERSION, 2, NO_AUTHENTICATION, USER_AND_PASSWORD});
        byte[] choice = proxy.readExactly(2);
        requireVersion(choice[0], VERSION);
        int method = Byte.toUnsignedInt(choice[1]);
        if (method == USER_AND_PASSWORD && mine != null) {
            sendPassword(proxy, mine);
        } else if (method == NO_METHOD) {
            throw new IOException(
                    mine == null
                            ? "it wants credentials"
                            : "it takes neither user and password, nor no authentication");
        } else if (method != NO_AUTHENTICATION) {
            throw new ProtocolException("it chose authentication " + method + ", not offered");
        }
    }

    private static void sendPassword(Connection proxy, Credentials mine)
            throws IOException, InterruptedException {
        var message = new ByteArrayOutputStream();
        message.write(PASSWORD_VERSION);
        writeWithLength(message, mine.user().getBytes(UTF_8));
        writeWithLength(message, mine.password().getBytes(UTF_8));
        proxy.write(message.toByteArray());
        byte[] answer = proxy.readExactly(2);
        requireVersion(answer[0], PASSWORD_VERSION);
        if (answer[1] != 0) throw new IOException("it refuses the credentials of " + mine.user());
    }

    private byte[] request() {
        var message = new ByteArrayOutputStream();
        message.writeBytes(new byte[] {VERSION, CONNECT, 0});
        byte[] address = target.addressBytes();
        if (address.length == 0) {
            message.write(NAME);
            writeWithLength(message, name);
        } else {
            message.write(address.length == IPV4_BYTES ? IPV4 : IPV6);
            message.writeBytes(address);
        }
        message.write(target.port() >>> Byte.SIZE);
        message.write(target.port());
        return message.toByteArray();
    }

    private static void writeWithLength(ByteArrayOutputStream message, byte[] bytes) {
        message.write(bytes.length);
        message.writeBytes(bytes);
    }

    /** The address that the proxy has bound is of no use, but must be read. */
    private static void readReply(Connection proxy) throws IOException, InterruptedException {
        byte[] head = proxy.readExactly(4);
        requireVersion(head[0], VERSION);
        if (head[1] != 0) throw new IOException("it answers " + meaning(head[1]));
        int length =
                switch (head[3]) {
                    case IPV4 -> IPV4_BYTES;
                    case IPV6 -> IPV6_BYTES;
                    case NAME -> Byte.toUnsignedInt(proxy.readExactly(1)[0]);
                    default -> throw new ProtocolException("its address is of kind " + head[3]);
                };
        proxy.readExactly(length + PORT_BYTES);
    }

    private static void requireVersion(byte version, int expected) throws ProtocolException {
        if (version == expected) return;
        throw new ProtocolException(
                "it answers with version "
                        + Byte.toUnsignedInt(version)
                        + " instead of "
                        + expected
                        + ": it is no SOCKS5 proxy");
    }

    /** RFC 1928, section 6. */
    private static String meaning(byte reply) {
        return switch (reply) {
            case 1 -> "general failure (1)";
            case 2 -> "not allowed by its rules (2)";
            case 3 -> "network unreachable (3)";
            case 4 -> "host unreachable (4)";
            case 5 -> "connection refused (5)";
            case 6 -> "TTL expired (6)";
            case 7 -> "command not supported (7)";
            case 8 -> "kind of address not supported (8)";
            default -> "an unknown failure (" + Byte.toUnsignedInt(reply) + ")";
        };
    }
}
