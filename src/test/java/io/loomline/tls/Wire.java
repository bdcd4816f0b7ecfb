package io.loomline.tls;

import io.loomline.driver.Channel;
import io.loomline.probe.LoopbackAddress;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Two channels that are connected by way of an attacker. It takes all bytes at once. If both sides
 * wait for bytes and there are none, which can only be the attacker's work, both get the end.
 */
final class Wire {
    /** Changes what one side sends to the other. Called in the order of the bytes. */
    @FunctionalInterface
    interface Attacker {
        /** Does nothing. */
        Attacker NONE = (bytes, receiver) -> receiver.receive(bytes);

        void pass(byte[] sent, Receiver receiver);
    }

    /** Where the attacker puts what the other side is to receive. */
    interface Receiver {
        void receive(byte[] bytes);

        /** The receiver gets the end behind what it has received, and nothing more. */
        void end();

        /** The receiver gets an error behind what it has received. */
        void reset();
    }

    /** Ports of their own keep clients from resuming a session. */
    private static final AtomicInteger PORTS = new AtomicInteger(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final End first = new End(PORTS.getAndIncrement() & 0xffff);
    private final End second = new End(PORTS.getAndIncrement() & 0xffff);

    private Wire() {}

    static Wire open() {
        return new Wire();
    }

    /** What the first side sends passes this attacker. */
    Wire withFirst(Attacker attacker) {
        first.attacker = attacker;
        return this;
    }

    End first() {
        return first;
    }

    End second() {
        return second;
    }

    /** One side. */
    final class End implements Channel, Receiver {
        private final int port;

        // guarded by the lock
        private Attacker attacker = Attacker.NONE;
        private ByteBuffer received = ByteBuffer.allocate(1 << 15).limit(0);
        private boolean inputEnded;
        private boolean reset;
        private boolean outputEnded;
        private boolean closed;
        private boolean waits;
        private int closes;

        private End(int port) {
            this.port = port;
        }

        private End other() {
            return this == first ? second : first;
        }

        /** How often close or abort was called. */
        int closes() {
            lock.lock();
            try {
                return closes;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void receive(byte[] bytes) {
            if (inputEnded || reset) return;
            if (received.capacity() - received.limit() < bytes.length) {
                int needed = received.remaining() + bytes.length;
                received = ByteBuffer.allocate(2 * needed).put(received).flip();
            }
            received.put(
                    received.limit(received.limit() + bytes.length).limit() - bytes.length, bytes);
        }

        @Override
        public void end() {
            inputEnded = true;
        }

        @Override
        public void reset() {
            reset = true;
        }

        @Override
        public int tryRead(ByteBuffer target) throws IOException {
            lock.lock();
            try {
                requireOpen();
                int moved = Math.min(target.remaining(), received.remaining());
                for (int i = 0; i < moved; i++) target.put(received.get());
                if (moved > 0) return moved;
                if (reset) throw new SocketException("Connection reset");
                return inputEnded ? -1 : 0;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public int tryWrite(ByteBuffer source) throws IOException {
            lock.lock();
            try {
                requireOpen();
                if (outputEnded) throw new SocketException("the output was shut down");
                byte[] sent = new byte[source.remaining()];
                source.get(sent);
                attacker.pass(sent, other());
                changed.signalAll();
                return sent.length;
            } finally {
                lock.unlock();
            }
        }

        private void requireOpen() throws ClosedChannelException {
            if (closed) throw new ClosedChannelException();
        }

        @Override
        public void awaitReadable() throws InterruptedException {
            lock.lockInterruptibly();
            try {
                waits = true;
                if (isStuck() && other().isStuck()) {
                    inputEnded = true;
                    other().inputEnded = true;
                    changed.signalAll();
                }
                while (isStuck()) changed.await();
            } finally {
                waits = false;
                lock.unlock();
            }
        }

        private boolean isStuck() {
            return waits && !closed && !inputEnded && !reset && !received.hasRemaining();
        }

        @Override
        public void awaitWritable() {}

        @Override
        public void shutdownOutput() {
            lock.lock();
            try {
                outputEnded = true;
                other().inputEnded = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                closes++;
                closed = true;
                other().inputEnded = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void abort() {
            lock.lock();
            try {
                closes++;
                closed = true;
                other().reset = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public SocketAddress remoteAddress() {
            return LoopbackAddress.of(other().port);
        }

        @Override
        public SocketAddress localAddress() {
            return LoopbackAddress.of(port);
        }
    }
}
