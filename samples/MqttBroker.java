import module io.loomline;
import io.loomline.Runtime;

// An MQTT 3.1.1 broker. It delivers with QoS 0, and a session ends with its connection. Publishers
// wait for a slow subscriber. If it makes no room for 5 s, it loses its connection.
//
//   mvn -q -Dsample=MqttBroker -Dargs="1883"                  serves until Ctrl-C
//   mosquitto_sub -t "news/#"                                 mosquitto_pub -t news/1 -m hello

static final FrameFormat PACKETS = FrameFormat.DEFAULT.withHeaderBytes(1).withMaxBytes(512 * 1024)
        .withLength(FrameFormat.Length.VARINT).withMaxLengthBytes(4);
static final Pattern TEXT = Pattern.compile("[^\0]*");
static final Pattern TOPIC = Pattern.compile("[^+#\0]+");
static final Pattern FILTER = Pattern.compile("(?s)(?!.*([^/][+#]|[+#][^/]|#.))[^\0]+");

record Client(Connection connection, Outbox outbox, Map<String, Pattern> filters, Set<Short> ids) {}

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
    DataInputStream in = read(connection);
    if (in.read() != 0x10) throw new ProtocolException("expected CONNECT");
    boolean known = (text(in, TEXT) + in.read()).equals("MQTT4");
    int flags = in.readUnsignedByte();
    int keepAlive = in.readUnsignedShort();
    String id = known ? text(in, TEXT) : "";
    String willTopic = known && (flags & 4) > 0 ? text(in, TOPIC) : null;
    byte[] will = willTopic == null ? null : bytes(in);
    if (known && (flags & 1) > 0) throw new ProtocolException("a reserved flag is set");
    int refusal = !known ? 1 : id.isEmpty() && (flags & 2) == 0 ? 2 : 0;
    connection.write(new byte[] {0x20, 2, 0, (byte) refusal}); // CONNACK
    if (refusal > 0) return;
    Duration silence = keepAlive > 0 ? Duration.ofMillis(keepAlive * 1_500L) : Limits.NO_LIMIT;
    connection.limits(Limits.DEFAULT.withReadTimeout(silence).withIdleTimeout(Limits.NO_LIMIT));
    var outbox = Outbox.of(connection);
    var client = new Client(connection, outbox, new ConcurrentHashMap<>(), new HashSet<>());
    Client previous = clients.put(id.isEmpty() ? connection.toString() : id, client);
    if (previous != null) previous.connection.abort();
    try {
        while (execute(client, read(connection))) {}
        willTopic = null; // after DISCONNECT
    } finally {
        clients.values().remove(client);
        if (willTopic != null) publish(willTopic, will, (flags & 32) > 0);
    }
}

/** Executes a packet and answers it. Returns false for DISCONNECT. */
boolean execute(Client client, DataInputStream in) throws IOException, InterruptedException {
    int header = in.read();
    int qos = header >> 1 & 3; // 1 in PUBREL, SUBSCRIBE and UNSUBSCRIBE too: they have an id
    String topic = header >> 4 == 3 ? text(in, TOPIC) : "";
    short id = qos > 0 ? in.readShort() : 0;
    int codes = 0;
    switch (header) {
        case 0x62 -> client.ids.remove(id); // PUBREL
        case 0x82 -> codes = subscribe(client, in); // SUBSCRIBE
        case 0xA2 -> { // UNSUBSCRIBE
            do client.filters.remove(text(in, FILTER)); while (in.available() > 0);
        }
        case 0xC0 -> {} // PINGREQ
        case 0xE0 -> { return false; } // DISCONNECT
        default -> {
            if (topic.isEmpty() || qos > 2) throw new ProtocolException("unexpected packet");
            if (qos < 2 || client.ids.add(id)) publish(topic, in.readAllBytes(), (header & 1) > 0);
            if (qos == 0) return true;
        }
    }
    int type = (header >> 4) + Math.max(qos, 1); // SUBACK is next to SUBSCRIBE, and so on
    var answer = ByteBuffer.allocate(qos > 0 ? 3 + codes : 1).put((byte) (type << 4));
    client.outbox.send(PACKETS.encode((qos > 0 ? answer.putShort(id) : answer).array()));
    return true;
}

/** Returns the number of filters, each of which is granted QoS 0. */
int subscribe(Client client, DataInputStream in) throws IOException, InterruptedException {
    int count = 0;
    for (; count == 0 || in.available() > 0; count++) {
        String filter = text(in, FILTER);
        if (in.readUnsignedByte() > 2) throw new ProtocolException("unknown QoS");
        String regex = Pattern.quote(filter).replace("+", "\\E[^/]*\\Q")
                .replace("/#", "\\E(/.*)?\\Q").replace("#", "\\E.*\\Q");
        var topics = Pattern.compile((filter.startsWith("$") ? "(?s)" : "(?s)(?!\\$)") + regex);
        client.filters.put(filter, topics);
        for (var each : retained.entrySet()) {
            if (topics.matcher(each.getKey()).matches()) client.outbox.send(each.getValue());
        }
    }
    return count;
}

void publish(String topic, byte[] payload, boolean retain) throws InterruptedException {
    if (retain) retained.put(topic, packet(0x31, topic, payload));
    if (retain && payload.length == 0) retained.remove(topic);
    byte[] packet = packet(0x30, topic, payload);
    for (Client each : clients.values()) {
        var filters = each.filters.values().stream();
        if (filters.anyMatch(topics -> topics.matcher(topic).matches())) each.outbox.send(packet);
    }
}

byte[] packet(int header, String topic, byte[] payload) {
    byte[] name = topic.getBytes(StandardCharsets.UTF_8);
    var packet = ByteBuffer.allocate(3 + name.length + payload.length).put((byte) header);
    return PACKETS.encode(packet.putShort((short) name.length).put(name).put(payload).array());
}

DataInputStream read(Connection connection) throws IOException, InterruptedException {
    byte[] packet = connection.readFrame(PACKETS);
    if (packet == null) throw new EOFException("the input ended without DISCONNECT");
    return new DataInputStream(new ByteArrayInputStream(packet));
}

byte[] bytes(DataInputStream in) throws IOException {
    byte[] bytes = new byte[in.readUnsignedShort()];
    in.readFully(bytes);
    return bytes;
}

String text(DataInputStream in, Pattern form) throws IOException {
    var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(in)));
    if (!form.matcher(text).matches()) throw new ProtocolException("malformed string");
    return text.toString();
}
