import module io.loomline;
import io.loomline.Runtime;

// An HTTP/1.1 server (RFC 9112) that refuses requests which others may read differently.
//   mvn -q -Dsample=HttpServer      then: curl localhost:8080; curl -d hi localhost:8080/echo

static final int MAX_HEAD = 16 * 1024; // bytes
static final int MAX_BODY = 4 * 1024 * 1024; // with the sizes of chunks
static final LineFormat FORMAT = LineFormat.DEFAULT.withEnding(LineFormat.Ending.CRLF)
        .withMaxBytes(MAX_BODY).withCharset(StandardCharsets.ISO_8859_1);
static final Pattern HEAD = Pattern.compile("(\\S+) (\\*|(?:http:/)?/[!-~]*) HTTP/(\\d\\.\\d)\r\n"
        + "((?:[!#$%&'*+.^_`|~\\w-]+:[\\t -~\\x80-\\xff]*+\r\n)*+)\r\n"); // its fields
static final DateTimeFormatter DATE = DateTimeFormatter
        .ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT).withZone(ZoneOffset.UTC);

record Head(String method, String path, boolean isOld, Map<String, String> fields) {}
@SuppressWarnings("serial") static final class Refused extends ProtocolException {
    Refused(String status) { super(status); }
}

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
        while (connection.peek(1).length > 0 && answer(connection, readHead(connection))) {}
    } catch (ProtocolException e) {
        connection.write(head(e instanceof Refused ? e.getMessage() : "400 Bad Request", true, ""));
    } catch (SocketTimeoutException e) {
        connection.write(head("408 Request Timeout", true, ""));
    } catch (MessageTooLongException e) {
        String part = e.limitBytes() == MAX_HEAD ? "431 Request Header Fields" : "413 Content";
        connection.write(head(part + " Too Large", true, ""));
    }
}

Head readHead(Connection connection) throws Exception {
    byte[] bytes = connection.readUntil("\r\n\r\n".getBytes(FORMAT.charset()), MAX_HEAD);
    Matcher head = HEAD.matcher(new String(bytes, FORMAT.charset()));
    require(head.matches(), "400 Bad Request");
    require(head.group(3).startsWith("1."), "505 HTTP Version Not Supported");
    String path = head.group(2).replaceFirst("^http://[^/?]+/?", "/").replaceFirst("\\?.*", "");
    var fields = head.group(4).toLowerCase(Locale.ROOT).lines().map(line -> line.split(":", 2))
            .collect(Collectors.toMap(f -> f[0], f -> f[1].strip(), (a, b) -> a + "," + b));
    return new Head(head.group(1), path, head.group(3).equals("1.0"), fields);
}

boolean answer(Connection connection, Head head) throws Exception {
    boolean isEcho = head.path.equals("/echo");
    String allowed = isEcho ? "POST" : "GET, HEAD";
    require(head.isOld || !head.fields.getOrDefault("host", ",").contains(","), "400 Bad Request");
    require(List.of("GET", "HEAD", "POST").contains(head.method), "501 Not Implemented");
    require(isEcho || head.path.equals("/"), "404 Not Found");
    require(allowed.contains(head.method), "405 Method Not Allowed\r\nAllow: " + allowed);
    String body = readBody(connection, head);
    if (!isEcho) body = "hello\n";
    boolean closes = head.isOld || head.fields.getOrDefault("connection", "").contains("close");
    connection.write(head("200 OK", closes, body) + (head.method.equals("HEAD") ? "" : body));
    return !closes;
}

String readBody(Connection connection, Head head) throws Exception {
    String coding = head.fields.get("transfer-encoding");
    String length = head.fields.get("content-length");
    String expected = head.fields.get("expect");
    require(coding == null || length == null && !head.isOld, "400 Bad Request");
    require(length == null || length.matches("\\d{1,9}"), "400 Bad Request");
    require(length == null || Integer.parseInt(length) <= MAX_BODY, "413 Content Too Large");
    require(coding == null || coding.equals("chunked"), "501 Not Implemented");
    require(coding != null || length != null || !head.method.equals("POST"), "411 Length Required");
    require(expected == null || expected.equals("100-continue"), "417 Expectation Failed");
    if (expected != null && !head.isOld) connection.write("HTTP/1.1 100 Continue\r\n\r\n");
    var body = new ByteArrayOutputStream();
    try (var _ = connection.budget(Duration.ofMinutes(1), MAX_BODY)) {
        if (length != null) connection.inputStream(Integer.parseInt(length)).transferTo(body);
        for (int size = coding == null ? 0 : 1; size > 0; ) {
            String line = connection.requireLine();
            require(line.matches("\\p{XDigit}{1,7}[ \\t]*(;.*)?"), "400 Bad Request");
            size = Integer.parseInt(line.split("[ \\t;]")[0], 16);
            connection.inputStream(size).transferTo(body);
            while (!connection.requireLine().isEmpty()) require(size == 0, "400 Bad Request");
        }
    }
    return body.toString(FORMAT.charset());
}

void require(boolean condition, String error) throws Refused {
    if (!condition) throw new Refused(error);
}

String head(String status, boolean ends, String body) {
    return "HTTP/1.1 " + status + "\r\nDate: " + DATE.format(Instant.now()) + "\r\nConnection: "
            + (ends ? "close" : "keep-alive") + "\r\nContent-Length: " + body.length() + "\r\n\r\n";
}
