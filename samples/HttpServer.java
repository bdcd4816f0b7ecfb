import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.stream.LineFormat;
import io.loomline.stream.MessageTooLongException;

// An HTTP/1.1 server (RFC 9112): a greeting at /, and /echo returns what is posted to it. Requests
// that others may read differently are refused. Run: mvn -q -Dsample=HttpServer [-Dargs=PORT]

static final int MAX_HEAD = 16 * 1024; // bytes
static final int MAX_BODY = 4 * 1024 * 1024; // with the sizes of chunks
static final LineFormat FORMAT = LineFormat.DEFAULT.withEnding(LineFormat.Ending.CRLF)
        .withMaxBytes(MAX_BODY).withCharset(StandardCharsets.ISO_8859_1);
static final Pattern HEAD = Pattern.compile(
        "(\\S+) (?:http://[^/? ]+)?(/[!->@-~]*)(?:\\?[!-~]*)? HTTP/(\\d\\.\\d)\r\n" // the request
                + "((?:[!#$%&'*+.^_`|~\\w-]+:[\\t -~\\x80-\\xff]*+\r\n)*+)\r\n"); // its fields
static final DateTimeFormatter DATE =
        DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);

void main(String[] args) throws Exception {
    Runtime.run(runtime -> {
        var http = runtime.listen(args.length > 0 ? Integer.parseInt(args[0]) : 8080, this::serve);
        System.out.println("listening on port " + http.port() + "; Ctrl-C stops");
        http.await();
    });
}

void serve(Connection connection) throws Exception {
    connection.lineFormat(FORMAT);
    try {
        while (connection.peek(1).length > 0 && serveRequest(connection)) {} // until the last one
    } catch (IllegalArgumentException e) {
        connection.write(head(e.getMessage(), "close", 0));
    } catch (ProtocolException e) {
        connection.write(head("400 Bad Request", "close", 0));
    } catch (SocketTimeoutException e) {
        connection.write(head("408 Request Timeout", "close", 0));
    } catch (MessageTooLongException e) {
        connection.write(head((e.limitBytes() == MAX_BODY ? 413 : 431) + " Too Large", "close", 0));
    }
}

boolean serveRequest(Connection connection) throws Exception {
    byte[] bytes = connection.readUntil("\r\n\r\n".getBytes(FORMAT.charset()), MAX_HEAD);
    Matcher head = HEAD.matcher(new String(bytes, FORMAT.charset()));
    require(head.matches(), "400 Bad Request");
    Map<String, String> fields = new HashMap<>();
    for (String line : head.group(4).toLowerCase(Locale.ROOT).lines().toList()) {
        String[] field = line.split(":", 2);
        fields.merge(field[0], field[1].strip(), (one, next) -> one + "," + next);
    }
    String method = head.group(1);
    boolean isEcho = head.group(2).equals("/echo");
    boolean isOld = head.group(3).equals("1.0");
    String coding = fields.get("transfer-encoding");
    String length = fields.get("content-length");
    String allowed = isEcho ? "POST" : "GET, HEAD";
    require(head.group(3).startsWith("1."), "505 HTTP Version Not Supported");
    require(isOld || !fields.getOrDefault("host", ",").contains(","), "400 Bad Request");
    require(coding == null || length == null && !isOld, "400 Bad Request");
    require(length == null || length.matches("\\d{1,9}"), "400 Bad Request");
    require(coding == null || coding.equals("chunked"), "501 Not Implemented");
    require(List.of("GET", "HEAD", "POST").contains(method), "501 Not Implemented");
    require(isEcho || head.group(2).equals("/"), "404 Not Found");
    require(allowed.contains(method), "405 Method Not Allowed\r\nAllow: " + allowed);
    require(coding != null || length != null || !isEcho, "411 Length Required");
    int size = length == null ? 0 : Integer.parseInt(length);
    require(size <= MAX_BODY, "413 Too Large");
    require(fields.getOrDefault("expect", "100-continue").equals("100-continue"), "417 Unknown");
    if (fields.containsKey("expect") && !isOld) connection.write("HTTP/1.1 100 Continue\r\n\r\n");
    String body = coding != null ? readChunks(connection)
            : new String(connection.readExactly(size), FORMAT.charset());
    if (!isEcho) body = "hello\n";
    boolean closes = isOld || fields.getOrDefault("connection", "").contains("close");
    String answer = head("200 OK", closes ? "close" : "keep-alive", body.length());
    connection.write(method.equals("HEAD") ? answer : answer + body);
    return !closes;
}

String readChunks(Connection connection) throws Exception {
    var body = new StringBuilder();
    try (var _ = connection.budget(Duration.ofMinutes(1), MAX_BODY)) {
        for (int length = 1; length > 0; ) {
            String size = connection.requireLine();
            require(size.matches("\\p{XDigit}{1,7}[ \\t]*(;.*)?"), "400 Bad Request");
            length = Integer.parseInt(size.split("[ \\t;]")[0], 16);
            body.append(new String(connection.readExactly(length), FORMAT.charset()));
            while (!connection.requireLine().isEmpty()) require(length == 0, "400 Bad Request");
        }
    }
    return body.toString();
}

void require(boolean condition, String error) {
    if (!condition) throw new IllegalArgumentException(error);
}

String head(String status, String option, int length) {
    return "HTTP/1.1 " + status + "\r\nDate: " + DATE.format(ZonedDateTime.now(ZoneOffset.UTC))
            + "\r\nConnection: " + option + "\r\nContent-Length: " + length + "\r\n\r\n";
}
