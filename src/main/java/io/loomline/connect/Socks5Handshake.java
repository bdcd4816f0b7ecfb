package io.loomline.connect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.net.Connection;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolException;

/**
 * The SOCKS5 handshake, with the method "no authentication" or "user name and password".
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc1928#section-3">RFC 1928</a>: "The
 * server selects from one of the methods given in METHODS". <a
 * href="https://www.rfc-editor.org/rfc/rfc1929#section-2">RFC 1929</a>: "This begins with the
 * client producing a Username/Password request".
 */
final class Socks5Handshake implements Handshake {
    private static final int VERSION = 5;
    private static final int NO_AUTHENTICATION = 0;
    private static final int USER_AND_PASSWORD = 2;

    // https://www.rfc-editor.org/rfc/rfc1928#section-3
    // "If the selected METHOD is X'FF', none of the methods listed by the client are acceptable,
    // and the client MUST close the connection."
    private static final int NO_METHOD = 0xFF;

    // https://www.rfc-editor.org/rfc/rfc1929#section-2
    // "The VER field contains the current version of the subnegotiation, which is X'01'."
    private static final int PASSWORD_VERSION = 1;

    private static final int CONNECT = 1;

    // https://www.rfc-editor.org/rfc/rfc1928#section-5
    // "the address is a version-4 IP address, with a length of 4 octets"
    private static final int IPV4 = 1;
    private static final int IPV4_BYTES = 4;

    // https://www.rfc-editor.org/rfc/rfc1928#section-5
    // "The first octet of the address field contains the number of octets of name that follow,
    // there is no terminating NUL octet."
    private static final int NAME = 3;

    // https://www.rfc-editor.org/rfc/rfc1928#section-5
    // "the address is a version-6 IP address, with a length of 16 octets."
    private static final int IPV6 = 4;
    private static final int IPV6_BYTES = 16;

    private static final int PORT_BYTES = 2;

    /** The longest text whose length fits into one byte. */
    private static final int MAX_TEXT_BYTES = 255;

    /** RFC 1929 requires 1, but servers accept an empty password, and other clients send it. */
    private static final int MIN_PASSWORD_BYTES = 0;

    private final ProxyTarget target;
    private final @Nullable Credentials credentials;
    private final byte[] name;

    Socks5Handshake(ProxyTarget target, @Nullable Credentials credentials) {
        this.target = target;
        this.credentials = credentials;
        this.name = encoded("host '" + target.host() + "'", target.host(), 1);
    }

    static void check(Credentials credentials) {
        encoded("user", credentials.user(), 1);
        encoded("password", credentials.password(), MIN_PASSWORD_BYTES);
    }

    private static byte[] encoded(String label, String text, int minBytes) {
        byte[] bytes = text.getBytes(UTF_8);
        if (bytes.length >= minBytes && bytes.length <= MAX_TEXT_BYTES) return bytes;
        throw new IllegalArgumentException(
                "%s has %d bytes: SOCKS5 allows %d to %d"
                        .formatted(label, bytes.length, minBytes, MAX_TEXT_BYTES));
    }

    @Override
    public void run(Connection proxy) throws IOException, InterruptedException {
        authenticate(proxy);
        proxy.write(request());
        readReply(proxy);
    }

    private void authenticate(Connection proxy) throws IOException, InterruptedException {
        Credentials own = credentials;
        proxy.write(
                own == null
                        ? new byte[] {VERSION, 1, NO_AUTHENTICATION}
                        : new byte[] {VERSION, 2, NO_AUTHENTICATION, USER_AND_PASSWORD});
        byte[] selection = proxy.readExactly(2);
        requireVersion(selection[0], VERSION);
        int method = Byte.toUnsignedInt(selection[1]);
        if (method == USER_AND_PASSWORD && own != null) {
            sendPassword(proxy, own);
        } else if (method == NO_METHOD) {
            throw new IOException(
                    own == null
                            ? "the proxy requires credentials"
                            : "the proxy accepts neither a user name and password nor no"
                                    + " authentication");
        } else if (method != NO_AUTHENTICATION) {
            throw new ProtocolException(
                    "the proxy selected authentication method "
                            + method
                            + ", which was not offered");
        }
    }

    // https://www.rfc-editor.org/rfc/rfc1929#section-2
    // "A STATUS field of X'00' indicates success."
    private static void sendPassword(Connection proxy, Credentials own)
            throws IOException, InterruptedException {
        var message = new ByteArrayOutputStream();
        message.write(PASSWORD_VERSION);
        writeWithLength(message, own.user().getBytes(UTF_8));
        writeWithLength(message, own.password().getBytes(UTF_8));
        proxy.write(message.toByteArray());
        byte[] answer = proxy.readExactly(2);
        requireVersion(answer[0], PASSWORD_VERSION);
        if (answer[1] != 0) {
            throw new IOException("the proxy rejected the credentials of " + own.user());
        }
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

    // The bound address is of no use, but the target's first bytes follow it.
    // https://www.rfc-editor.org/rfc/rfc1928#section-6
    // "In the reply to a CONNECT, BND.PORT contains the port number that the server assigned to
    // connect to the target host, while BND.ADDR contains the associated IP address."
    private static void readReply(Connection proxy) throws IOException, InterruptedException {
        byte[] head = proxy.readExactly(4);
        requireVersion(head[0], VERSION);
        if (head[1] != 0) throw new IOException("the proxy replied: " + meaning(head[1]));
        int length =
                switch (head[3]) {
                    case IPV4 -> IPV4_BYTES;
                    case IPV6 -> IPV6_BYTES;
                    case NAME -> Byte.toUnsignedInt(proxy.readExactly(1)[0]);
                    default ->
                            throw new ProtocolException(
                                    "the proxy replied with unknown address type "
                                            + Byte.toUnsignedInt(head[3]));
                };
        proxy.readExactly(length + PORT_BYTES);
    }

    private static void requireVersion(byte version, int expected) throws ProtocolException {
        if (version == expected) return;
        throw new ProtocolException(
                "the proxy replied with version "
                        + Byte.toUnsignedInt(version)
                        + " instead of "
                        + expected
                        + ": it is not a SOCKS5 proxy");
    }

    // https://www.rfc-editor.org/rfc/rfc1928#section-6
    // "When a reply (REP value other than X'00') indicates a failure, the SOCKS server MUST
    // terminate the TCP connection shortly after sending the reply."
    private static String meaning(byte reply) {
        return switch (reply) {
            case 1 -> "general SOCKS server failure (1)";
            case 2 -> "connection not allowed by ruleset (2)";
            case 3 -> "network unreachable (3)";
            case 4 -> "host unreachable (4)";
            case 5 -> "connection refused (5)";
            case 6 -> "TTL expired (6)";
            case 7 -> "command not supported (7)";
            case 8 -> "address type not supported (8)";
            default -> "unknown failure (" + Byte.toUnsignedInt(reply) + ")";
        };
    }
}
