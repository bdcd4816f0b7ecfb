import module io.loomline;
import io.loomline.Runtime;

// A mail server (RFC 5321) for tests of programs that send mail: prints a line for each message.
// Only CRLF ends a line, so only CRLF.CRLF ends a message. A message with another CR or LF in it is
// refused and ends the session, because a server before this one may have found other messages.
//   mvn -q -Dsample=SmtpSink -Dargs="2525"                    serves until Ctrl-C
//   mvn -q -Dsample=SmtpSink -Dargs="2525 cert.pem key.pem"   the same, with STARTTLS (RFC 3207)
//   swaks --server localhost:2525 --to you@example.org --tls-optional

static final int MAX_SIZE = 10 * 1024 * 1024;
static final String GO_AHEAD = "220 go ahead";
static Tls tls; // null if the server has no certificate
static final LineFormat FORMAT = LineFormat.DEFAULT.withEnding(LineFormat.Ending.CRLF)
        .withCharset(StandardCharsets.ISO_8859_1).withUnterminated(LineFormat.Unterminated.REJECT);

/** Its groups are the path, the parameters, the size of the message, and unknown parameters. */
static final Pattern PATH = Pattern.compile("(?i)(?:MAIL FROM|RCPT TO(?!:<>)):<([ -~&&[^<>]]*)>"
        + "((?: BODY=(?:7BIT|8BITMIME)| SIZE=(\\d{1,18})){0,2})( .*)?");

void main(String[] arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2525;
    if (arguments.length > 2) tls = Tls.server(Path.of(arguments[1]), Path.of(arguments[2]));
    Runtime.run(runtime -> {
        var server = runtime.listen(port, connection -> new Session().serve(connection));
        System.out.println("listening on port " + server.port() + "; Ctrl-C stops");
        server.await();
    });
}

static final class Session {
    private final List<String> paths = new ArrayList<>(); // the sender, then the recipients
    private boolean greeted;
    private boolean ended;

    void serve(Connection connection) throws IOException, InterruptedException {
        connection.lineFormat(FORMAT);
        connection.write("220 localhost\r\n");
        while (!ended) {
            String reply;
            try (var _ = connection.budget(Duration.ofMinutes(10), 2 * MAX_SIZE)) {
                ended = !connection.awaitMessage() && connection.isDraining();
                reply = ended ? "421 4.3.2 the server stops" : answer(connection);
            } catch (SocketTimeoutException | MessageTooLongException e) {
                reply = "421 " + e.getMessage();
                ended = true;
            } catch (LineTooLongException | ProtocolException e) {
                reply = "500 " + e.getMessage();
            }
            connection.write(reply + "\r\n");
            if (!reply.equals(GO_AHEAD)) continue;
            connection.startTls(tls); // throws if plaintext has followed the command
            greeted = false;
            paths.clear();
        }
    }

    String answer(Connection connection) throws IOException, InterruptedException {
        String line = connection.requireLine().stripTrailing();
        String verb = line.split(" ")[0].toUpperCase(Locale.ROOT);
        ended = verb.equals("QUIT");
        boolean canSecure = tls != null && connection.tls().isEmpty();
        greeted |= verb.matches("EHLO|HELO");
        if (verb.matches("EHLO|HELO|RSET")) paths.clear();
        return switch (verb) {
            case "EHLO" -> "250-localhost\r\n250-8BITMIME\r\n250-PIPELINING\r\n"
                    + (canSecure ? "250-STARTTLS\r\n" : "") + "250 SIZE " + MAX_SIZE;
            case "STARTTLS" -> canSecure ? GO_AHEAD : "503 not now";
            case "HELO" -> "250 localhost";
            case "MAIL" -> greeted && paths.isEmpty() ? addPath(line) : "503 not now";
            case "RCPT" -> paths.isEmpty() ? "503 expected MAIL first" : addPath(line);
            case "DATA" -> paths.size() < 2 ? "503 expected RCPT first" : data(connection);
            case "RSET", "NOOP" -> "250 OK";
            case "VRFY" -> "252 not verified";
            case "QUIT" -> "221 bye";
            default -> "500 unknown command";
        };
    }

    String addPath(String line) {
        Matcher command = PATH.matcher(line);
        if (!command.matches()) return "501 expected MAIL FROM:<path> or RCPT TO:<path>";
        boolean isKnown = paths.isEmpty() || command.group(2).isEmpty(); // RCPT has no parameters
        if (!isKnown || command.group(4) != null) return "555 unknown parameter";
        String size = command.group(3);
        if (size != null && Long.parseLong(size) > MAX_SIZE) return "552 too long";
        if (paths.size() > 100) return "452 too many recipients";
        paths.add(command.group(1));
        return "250 OK";
    }

    /** Only the end of the message is answered, also after a malformed line. */
    String data(Connection connection) throws IOException, InterruptedException {
        connection.write("354 end with CRLF.CRLF\r\n");
        String reply = "250 OK";
        long bytes = 0; // each is a character
        while (true) {
            try {
                String line = connection.requireLine();
                if (line.equals(".")) break;
                bytes += line.length() + (line.startsWith(".") ? 1 : 2); // without a stuffed dot
            } catch (LineTooLongException | ProtocolException e) {
                reply = "521 " + e.getMessage();
                ended = true;
            }
        }
        if (bytes > MAX_SIZE && !ended) reply = "552 too long";
        String format = "from <%s> to %s: %d bytes%n";
        if (reply.startsWith("250")) System.out.printf(format, paths.removeFirst(), paths, bytes);
        paths.clear();
        return reply;
    }
}
