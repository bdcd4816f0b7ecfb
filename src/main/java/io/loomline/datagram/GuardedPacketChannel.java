package io.loomline.datagram;

import io.loomline.driver.PacketChannel;
import io.loomline.driver.carrier.TimeSlice;
import io.loomline.log.ErrorText;
import io.loomline.net.wire.FinalAttempt;
import io.loomline.net.wire.Interrupts;
import io.loomline.net.wire.ResolvedAddress;
import io.loomline.net.wire.SecondReaderException;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A packet channel as its endpoint sees it: errors name the operation and the address, a close on
 * this side becomes a {@link ConnectionClosedException}, and waits have a timeout.
 */
final class GuardedPacketChannel {
    private final PacketChannel channel;
    private final DatagramOptions options;
    private final Clock clock;

    /** Held by the sending thread, also while it waits for the channel. */
    private final ReentrantLock sending = new ReentrantLock();

    /** The thread inside a receive; set and cleared by itself. */
    private final AtomicReference<@Nullable Thread> receiver = new AtomicReference<>();

    /**
     * One byte larger than the largest packet allowed, to detect a longer one. Only the receiver
     * uses it.
     */
    // https://man7.org/linux/man-pages/man7/udp.7.html
    // "when it is bigger, the packet is truncated and the MSG_TRUNC flag is set"
    private @Nullable ByteBuffer packet;

    /** Set before the channel is closed; never cleared. */
    private volatile boolean closed;

    GuardedPacketChannel(PacketChannel channel, DatagramOptions options, Clock clock) {
        this.channel = channel;
        this.options = options;
        this.clock = clock;
    }

    Datagram receive() throws IOException, InterruptedException {
        return receiving((sender, bytes) -> {
            requireFits(sender, bytes, options.maxPacketBytes());
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return new Datagram(sender, copy);
        });
    }

    SocketAddress receive(ByteBuffer target) throws IOException, InterruptedException {
        if (target.isReadOnly()) throw new ReadOnlyBufferException(); // before a packet is lost
        return receiving((sender, bytes) -> {
            requireFits(sender, bytes, Math.min(options.maxPacketBytes(), target.remaining()));
            target.put(bytes);
            return sender;
        });
    }

    private static void requireFits(SocketAddress sender, ByteBuffer bytes, int limitBytes)
            throws DatagramTooLongException {
        if (bytes.remaining() > limitBytes) throw new DatagramTooLongException(sender, limitBytes);
    }

    /** A use of a received packet. */
    private interface Taking<T> {
        T take(SocketAddress sender, ByteBuffer bytes) throws IOException;
    }

    private <T> T receiving(Taking<T> taking) throws IOException, InterruptedException {
        Thread other = receiver.compareAndExchange(null, Thread.currentThread());
        if (other != null) throw secondReceiver(other);
        try {
            Task.checkCancelled();
            ByteBuffer bytes = emptyPacket();
            SocketAddress sender = tryReceive(bytes);
            if (sender == null) sender = awaitPacket(bytes);
            return taking.take(sender, bytes.flip());
        } finally {
            receiver.set(null);
        }
    }

    private SecondReaderException secondReceiver(Thread other) {
        return SecondReaderException.during(
                other.threadId(), other, "receiving at " + localAddress());
    }

    private ByteBuffer emptyPacket() {
        ByteBuffer present = packet;
        if (present == null) packet = present = ByteBuffer.allocate(options.maxPacketBytes() + 1);
        return present.clear();
    }

    private SocketAddress awaitPacket(ByteBuffer bytes) throws IOException, InterruptedException {
        if (!Limits.isLimit(options.readTimeout())) return nextPacket(bytes);
        try {
            return Deadline.after(options.readTimeout(), clock).call(() -> nextPacket(bytes));
        } catch (TimeoutException e) {
            var timeout =
                    new ReceiveTimeoutException(
                            "no packet arrived at %s within the read timeout of %s"
                                    .formatted(localAddress(), options.readTimeout()));
            timeout.initCause(e);
            throw timeout;
        }
    }

    private SocketAddress nextPacket(ByteBuffer bytes) throws IOException, InterruptedException {
        while (true) {
            SocketAddress sender = tryReceive(bytes);
            if (sender != null) return sender;
            try {
                await(channel::awaitReadable);
            } catch (InterruptedException e) {
                return FinalAttempt.after(e, () -> tryReceive(bytes));
            }
        }
    }

    private @Nullable SocketAddress tryReceive(ByteBuffer bytes) throws IOException {
        TimeSlice.spend(bytes.remaining());
        requireOpen();
        try {
            return channel.tryReceive(bytes);
        } catch (IOException e) {
            throw translated("receiving at " + localAddress(), e);
        }
    }

    void send(ByteBuffer bytes, SocketAddress receiver) throws IOException, InterruptedException {
        requireReceiver(receiver);
        Task.checkCancelled();
        await(sending::lockInterruptibly);
        try {
            while (!trySend(bytes, receiver)) await(channel::awaitWritable);
        } finally {
            sending.unlock();
        }
    }

    private void requireReceiver(SocketAddress receiver) {
        SocketAddress remote = options.remote();
        if (remote != null && !remote.equals(receiver)) {
            throw new IllegalArgumentException(
                    "receiver " + receiver + ": expected the only peer " + remote);
        }
        ResolvedAddress.require("receiver", receiver);
    }

    private boolean trySend(ByteBuffer packet, SocketAddress receiver) throws IOException {
        TimeSlice.spend(packet.remaining());
        requireOpen();
        try {
            return channel.trySend(packet, receiver);
        } catch (IOException e) {
            throw translated("sending to " + receiver + broadcastHint(receiver), e);
        }
    }

    /** The kernel only says that it has no permission. */
    private String broadcastHint(SocketAddress receiver) {
        if (options.broadcast() || !(receiver instanceof InetSocketAddress inet)) return "";
        byte[] address = inet.getAddress().getAddress();
        boolean mayBeBroadcast = address.length == 4 && address[3] == (byte) 255;
        return mayBeBroadcast ? " (a broadcast needs DatagramOptions.withBroadcast)" : "";
    }

    void join(InetAddress group, NetworkInterface through) throws IOException {
        requireGroup(group);
        try {
            channel.join(group, through);
        } catch (IOException e) {
            throw translated("joining " + group + " through " + through.getName(), e);
        }
    }

    void leave(InetAddress group, NetworkInterface through) throws IOException {
        requireGroup(group);
        try {
            channel.leave(group, through);
        } catch (IOException e) {
            throw translated("leaving " + group + " through " + through.getName(), e);
        }
    }

    private void requireGroup(InetAddress group) throws ConnectionClosedException {
        if (!group.isMulticastAddress()) {
            throw new IllegalArgumentException(
                    "group "
                            + group
                            + ": expected a multicast address, of 224.0.0.0/4 or ff00::/8");
        }
        requireOpen();
    }

    /** A blocking call. */
    private interface Wait {
        void await() throws InterruptedException;
    }

    /** Waits. After a cancel the interrupt status stays set. */
    private static void await(Wait wait) throws InterruptedException {
        try {
            wait.await();
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        }
    }

    private void requireOpen() throws ConnectionClosedException {
        if (closed) throw new ConnectionClosedException(toString(), null);
    }

    private IOException translated(String operation, IOException e) {
        if (closed || e instanceof ClosedChannelException) {
            return new ConnectionClosedException(toString(), e);
        }
        String message = operation + ": " + ErrorText.of(e);
        if (!(e instanceof PortUnreachableException)) return new SocketException(message, e);
        // https://man7.org/linux/man-pages/man7/udp.7.html
        // "You may get an error for an earlier packet that was sent on the same socket."
        var unreachable = new PortUnreachableException(message);
        unreachable.initCause(e);
        return unreachable;
    }

    void close() {
        closed = true;
        channel.close();
    }

    boolean isOpen() {
        return !closed;
    }

    SocketAddress localAddress() {
        return channel.localAddress();
    }

    @Override
    public String toString() {
        return "datagram endpoint at " + localAddress();
    }
}
