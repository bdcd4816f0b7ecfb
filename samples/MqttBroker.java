import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.outbox.Broadcast;
import io.loomline.outbox.Outbox;
import io.loomline.stream.FrameFormat;

// An MQTT 3.1.1 broker for QoS 0. A PUBLISH with QoS 1 or 2 ends the connection, and a session ends
// with its connection. Publishers wait for slow subscribers; after 5 s, these are disconnected.
//   mvn -q -Dsample=MqttBroker -Dargs="1883"     serves until Ctrl-C; mosquitto_sub -t "news/#"

static final FrameFormat STRINGS = FrameFormat.DEFAULT.withLength(FrameFormat.Length.TWO_BYTES);
static final FrameFormat PACKETS = new FrameFormat(FrameFormat.Length.VARINT, 512 * 1024, 1, 4);
static final Pattern TEXT = Pattern.compile("[^\0]*");
static final Pattern TOPIC = Pattern.compile("[^+#\0]+");
static final Pattern FILTER = Pattern.compile("(?s)(?!.*([^/][+#]|[+#][^/]|#.))[^\0]+");

record Client(Connection connection, Outbox outbox, Map<String, Predicate<String>> filters) {}
final Map<String, Client> clients = new ConcurrentHashMap<>(); // by id
final Map<String, byte[]> retained = new ConcurrentHashMap<>(); // packets by topic

void main(String[] arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1883;
    Runtime.run(runtime -> {
        var server = runtime.listen(port, this::serve);
        System.out.println("listening on port " + server.port() + "; Ctrl-C stops");
        server.await();
    });
}

void serve(Connection connection) throws IOException, InterruptedException {
    var in = ByteBuffer.wrap(connection.requireFrame(PACKETS));
    if (in.get() != 0x10) throw new ProtocolException("expected CONNECT");
    String protocol = text(in, TEXT);
    if (in.remaining() < 4) throw new ProtocolException("CONNECT is too short");
    boolean known = (protocol + in.get()).equals("MQTT4");
    byte flags = in.get();
    int keepAlive = Short.toUnsignedInt(in.getShort());
    String id = known ? text(in, TEXT) : "";
    String willTopic = known && (flags & 4) > 0 ? text(in, TOPIC) : null;
    byte[] will = willTopic == null ? null : STRINGS.decode(in);
    if (known && (flags & 1) > 0) throw new ProtocolException("a reserved flag is set");
    int refusal = !known ? 1 : id.isEmpty() && (flags & 2) == 0 ? 2 : 0;
    connection.write(new byte[] {0x20, 2, 0, (byte) refusal}); // CONNACK
    if (refusal > 0) return;
    var silence = Duration.ofMillis(keepAlive > 0 ? keepAlive * 1_500L : Long.MAX_VALUE);
    connection.limits(connection.limits().withReadTimeout(silence).withIdleTimeout(silence));
    var client = new Client(connection, Outbox.of(connection), new ConcurrentHashMap<>());
    Client previous = clients.put(id.isEmpty() ? connection.toString() : id, client);
    if (previous != null) previous.connection.abort();
    try (client.outbox) {
        while ((in = ByteBuffer.wrap(connection.requireFrame(PACKETS))).get() != (byte) 0xE0) {
            switch (in.get(0) & 0xFF) {
                case 0x30, 0x31 -> publish(in.get(0) == 0x31, text(in, TOPIC),
                        Arrays.copyOfRange(in.array(), in.position(), in.limit()));
                case 0x82 -> subscribe(client, in, true);
                case 0xA2 -> subscribe(client, in, false); // UNSUBSCRIBE
                case 0xC0 -> client.outbox.send(new byte[] {(byte) 0xD0, 0}); // PINGREQ
                default -> throw new ProtocolException("unexpected packet");
            }
        }
        willTopic = null; // after DISCONNECT
    } catch (BufferUnderflowException e) {
        throw new ProtocolException("a packet is too short");
    } finally {
        clients.values().remove(client);
        if (willTopic != null) publish((flags & 32) > 0, willTopic, will);
    }
}

void subscribe(Client client, ByteBuffer in, boolean add) throws IOException, InterruptedException {
    byte[] answer = {(byte) (add ? 0x90 : 0xB0), in.get(), in.get()}; // with the packet's id
    int count = 0;
    for (; count == 0 || in.hasRemaining(); count++) {
        String filter = text(in, FILTER);
        if (add && (in.get() & 0xFF) > 2) throw new ProtocolException("unknown QoS");
        var topics = Pattern.compile(Pattern.quote(filter).replace("+", "\\E(?!^\\$)[^/]*\\Q")
                .replace("/#", "\\E(?s:/.*)?\\Q").replace("#", "\\E(?!^\\$)(?s:.*)\\Q"));
        client.filters.compute(filter, (_, _) -> add ? topics.asMatchPredicate() : null);
        for (var each : retained.entrySet()) {
            if (add && topics.matcher(each.getKey()).matches()) client.outbox.send(each.getValue());
        }
    }
    client.outbox.send(PACKETS.encode(answer, new byte[add ? count : 0])); // QoS 0
}

void publish(boolean retain, String topic, byte[] message) throws InterruptedException {
    byte[] name = STRINGS.encode(topic.getBytes(StandardCharsets.UTF_8));
    if (retain && message.length == 0) retained.remove(topic);
    else if (retain) retained.put(topic, PACKETS.encode(new byte[] {0x31}, name, message));
    byte[] packet = PACKETS.encode(new byte[] {0x30}, name, message);
    var receivers = clients.values().stream() // none of which delays the others
            .filter(each -> each.filters.values().stream().anyMatch(f -> f.test(topic)));
    Broadcast.sendTo(receivers.map(Client::outbox).toList(), packet);
}

String text(ByteBuffer in, Pattern form) throws IOException {
    var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(STRINGS.decode(in)));
    if (!form.matcher(text).matches()) throw new ProtocolException("malformed string");
    return text.toString();
}
