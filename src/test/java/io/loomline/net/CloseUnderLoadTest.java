package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.loomline.Runtime;
import io.loomline.datagram.DatagramEndpoint;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;

/** A close while the peer sends a lot, and reads only after that. */
class CloseUnderLoadTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int RESPONSE_BYTES = 800_000;
    private static final int UPLOAD_BYTES = 6_000_000;

    @ParameterizedTest
    @EnumSource(
            value = Medium.class,
            names = {"TCP", "UNIX", "MEMORY"})
    void responseArrivesWholeWhileThePeerIsUploading(Medium medium) throws Exception {
        try (Link link = medium.open()) {
            var upload =
                    Call.running(() -> {
                        link.there().write(new byte[UPLOAD_BYTES]);
                        link.there().shutdownOutput();
                    });
            var download = Call.of(() -> link.there().readAll(2 * RESPONSE_BYTES));
            link.here().readExactly(10);
            link.here().write(new byte[RESPONSE_BYTES]);
            link.here().close();
            assertEquals(RESPONSE_BYTES, download.result().length);
            upload.awaitEnd(); // it may fail, because its bytes are dropped
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Medium.class,
            names = {"TCP", "UNIX", "MEMORY"})
    void peerThatReadsOnlyAfterSendingGetsAllBytes(Medium medium) throws Exception {
        try (Link link = medium.open()) {
            var peer =
                    Call.of(() -> {
                        link.there().write(new byte[3 * medium.cloggingBytes() / 2]);
                        link.there().shutdownOutput();
                        return link.there().readAll(RESPONSE_BYTES).length;
                    });
            link.here().readExactly(10);
            link.here().write(new byte[60_000]);
            link.here().close();
            assertEquals(60_000, peer.result());
        }
    }

    @Test
    void readOfZeroBytesDoesNotWaitForTheRestOfARejectedLine() throws Exception {
        try (Link link = Medium.TCP.open()) {
            link.here().lineFormat(LineFormat.DEFAULT.withMaxBytes(4));
            link.there().write("123456789");
            Call.of(link.here()::readLine).failure(LineTooLongException.class);
            assertEquals(0, link.here().inputStream().available());
            assertEquals(0, link.here().read(new byte[0], 0, 0));
            assertEquals(0, link.here().peek(0).length);
            assertEquals(0, link.here().skip(0));
            var reader =
                    new InputStreamReader(link.here().inputStream(), StandardCharsets.US_ASCII);
            assertFalse(reader.ready());
            link.there().write("0\nok\n");
            assertEquals("ok", link.here().readLine());
        }
    }

    @Test
    void receiveIntoAReadOnlyBufferLosesNoPacket() throws Exception {
        try (var runtime = Runtime.open();
                DatagramEndpoint receiver = runtime.datagram(0);
                DatagramEndpoint sender = runtime.datagram(0)) {
            sender.send(ByteBuffer.wrap(new byte[] {7}), receiver.localAddress());
            var target = ByteBuffer.allocate(10).asReadOnlyBuffer();
            Call.of(() -> receiver.receive(target)).failure(ReadOnlyBufferException.class);
            assertEquals(1, receiver.receive().bytes().length);
        }
    }
}
