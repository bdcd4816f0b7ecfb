package io.loomline;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.HexFormat;

/** An MQTT client that sends what it is told, and reads packets of less than 128 bytes. */
final class MqttClient implements AutoCloseable {
    static final int PUBLISH = 0x30;
    static final int SUBSCRIBE = 0x82;
    static final int UNSUBSCRIBE = 0xA2;

    static final byte[] PINGREQ = {(byte) 0xC0, 0};
    static final byte[] DISCONNECT = {(byte) 0xE0, 0};

    private final Socket socket;

    MqttClient(SampleServer server) throws IOException {
        socket = server.connect();
    }

    /** A client that the server has accepted. */
    static MqttClient connected(SampleServer server, String id) throws IOException {
        var client = new MqttClient(server);
        client.send(connect(id, 2, 0));
        if (!client.read().equals("20020000")) throw new IOException("refused");
        return client;
    }

    /** A CONNECT packet; the strings are those that the flags announce. */
    static byte[] connect(String id, int flags, int keepAlive, String... strings) {
        var body = new ByteArrayOutputStream();
        body.writeBytes(string("MQTT"));
        body.writeBytes(new byte[] {4, (byte) flags, (byte) (keepAlive >> 8), (byte) keepAlive});
        body.writeBytes(string(id));
        for (String each : strings) body.writeBytes(string(each));
        return packet(0x10, body.toByteArray());
    }

    static byte[] subscribe(String filter) {
        return packet(SUBSCRIBE, new byte[] {0, 7}, string(filter), new byte[] {0});
    }

    static byte[] publish(String topic, String payload) {
        return packet(PUBLISH, string(topic), payload.getBytes(UTF_8));
    }

    static byte[] string(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        var string = new ByteArrayOutputStream();
        string.writeBytes(new byte[] {(byte) (bytes.length >> 8), (byte) bytes.length});
        string.writeBytes(bytes);
        return string.toByteArray();
    }

    static byte[] packet(int header, byte[]... parts) {
        var body = new ByteArrayOutputStream();
        for (byte[] part : parts) body.writeBytes(part);
        var packet = new ByteArrayOutputStream();
        packet.write(header);
        int length = body.size();
        for (; length > 127; length >>= 7) packet.write(length | 128);
        packet.write(length);
        packet.writeBytes(body.toByteArray());
        return packet.toByteArray();
    }

    MqttClient send(byte[]... packets) throws IOException {
        for (byte[] packet : packets) socket.getOutputStream().write(packet);
        return this;
    }

    /** The next packet in hexadecimal digits, "end" at the end. */
    String read() throws IOException {
        InputStream input = socket.getInputStream();
        try {
            byte[] head = input.readNBytes(2);
            if (head.length < 2) return "end";
            return HexFormat.of().formatHex(head)
                    + HexFormat.of().formatHex(input.readNBytes(head[1]));
        } catch (SocketException e) { // a reset
            return "end";
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
