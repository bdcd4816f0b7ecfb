package io.loomline.connect;

import java.nio.charset.StandardCharsets;

/** Finds the end of a proxy's reply in an array of all bytes: the oracle of the fuzzer. */
final class NaiveHandshake {
    /** The reply is invalid or incomplete. */
    static final int REFUSED = -1;

    private static final int MAX_HEADER_BYTES = 16 * 1024;

    private NaiveHandshake() {}

    static int endOfHttp(byte[] bytes) {
        String all = new String(bytes, StandardCharsets.ISO_8859_1);
        String text = all.substring(0, Math.min(all.length(), MAX_HEADER_BYTES));
        int at = 0;
        while (true) {
            int lineEnd = text.indexOf('\n', at);
            if (lineEnd < 0) return REFUSED;
            char statusClass = classOf(withoutReturn(text.substring(at, lineEnd)));
            if (statusClass != '1' && statusClass != '2') return REFUSED;
            do {
                at = lineEnd + 1;
                lineEnd = text.indexOf('\n', at);
                if (lineEnd < 0) return REFUSED;
            } while (!withoutReturn(text.substring(at, lineEnd)).isEmpty());
            at = lineEnd + 1;
            if (statusClass == '2') return at;
        }
    }

    private static String withoutReturn(String line) {
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }

    /** The first digit of the status code; a letter if the line is no status line. */
    private static char classOf(String line) {
        boolean isStatus =
                line.length() >= 12
                        && line.startsWith("HTTP/1.")
                        && "0123456789".indexOf(line.charAt(7)) >= 0
                        && line.charAt(8) == ' '
                        && line.substring(9, 12).chars().allMatch(c -> c >= '0' && c <= '9')
                        && (line.length() == 12 || line.charAt(12) == ' ');
        return isStatus ? line.charAt(9) : 'x';
    }

    static int endOfSocks(byte[] bytes, boolean credentials) {
        if (bytes.length < 2 || bytes[0] != 5) return REFUSED;
        if (bytes[1] == 0) return endOfSocksReply(bytes, 2);
        if (bytes[1] != 2 || !credentials || bytes.length < 4) return REFUSED;
        boolean accepted = bytes[2] == 1 && bytes[3] == 0;
        return accepted ? endOfSocksReply(bytes, 4) : REFUSED;
    }

    private static int endOfSocksReply(byte[] bytes, int at) {
        if (bytes.length < at + 5 || bytes[at] != 5 || bytes[at + 1] != 0) return REFUSED;
        int address =
                switch (bytes[at + 3]) {
                    case 1 -> 4;
                    case 3 -> 1 + Byte.toUnsignedInt(bytes[at + 4]);
                    case 4 -> 16;
                    default -> REFUSED;
                };
        int end = at + 4 + address + 2;
        return address == REFUSED || end > bytes.length ? REFUSED : end;
    }
}
